"""Ordinary modules as people write them, to be imported; nothing in here knows of Gradloom."""

import math

import torch
import torch.nn.functional as F
from torch import nn


class Functional(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.norm = nn.BatchNorm2d(6)
        self.conv2 = nn.Conv2d(6, 8, (3, 5), stride=(2, 1), padding=(1, 0), bias=False)
        self.fc = nn.Linear(8 * 7 * 10, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.norm(self.conv1(x))), 2)
        x = torch.tanh(self.conv2(x))
        x = F.dropout(x, 0.25, training=self.training)
        return F.log_softmax(self.fc(x.view(x.size(0), -1)), dim=1).exp()


class BasicBlock(nn.Module):
    def __init__(self, channels_in, channels, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)
        self.shortcut = nn.Sequential()
        if stride != 1 or channels_in != channels:
            self.shortcut = nn.Sequential(nn.Conv2d(channels_in, channels, 1, stride, bias=False), nn.BatchNorm2d(channels))

    def forward(self, x):
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += self.shortcut(x)
        return self.relu(out)


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.stage = nn.Sequential(BasicBlock(8, 8, 1), BasicBlock(8, 8, 1), BasicBlock(8, 16, 2))
        self.pool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(16, 5)

    def forward(self, x):
        x = self.stage(self.stem(x))
        return self.fc(torch.flatten(self.pool(x), 1))


class GlobalMean(nn.Module):
    def __init__(self):
        super().__init__()
        self.left = nn.Conv2d(3, 4, 1)
        self.right = nn.Conv2d(3, 4, 3, padding=1)

    def forward(self, x):
        both = torch.cat([self.left(x), self.right(x)], dim=1)
        return both.mean((2, 3)), both.mean(3).mean(2)


class LastState(nn.Module):
    """Reads the last layer's last state, as is usual."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(4, 6, num_layers=2, dropout=0.1, batch_first=True)
        self.fc = nn.Linear(6, 3)

    def forward(self, x):
        _, (h, _) = self.lstm(x)
        return self.fc(h[-1])


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(4, 6, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(12, 3)

    def forward(self, x):
        sequence, _ = self.gru(x)
        return self.fc(sequence[:, -1, :])


class Positions(nn.Module):
    def __init__(self, features, max_len=50):
        super().__init__()
        position = torch.arange(max_len).unsqueeze(1)
        frequency = torch.exp(torch.arange(0, features, 2) * (-math.log(10000.0) / features))
        pe = torch.zeros(1, max_len, features)
        pe[0, :, 0::2] = torch.sin(position * frequency)
        pe[0, :, 1::2] = torch.cos(position * frequency)
        self.register_buffer("pe", pe)

    def forward(self, x):
        return x + self.pe[:, : x.size(1)]


class Encoder(nn.Module):
    """Tokens to classes: token numbers (B, 12)."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(30, 8)
        self.positions = Positions(8)
        self.layers = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 2, enable_nested_tensor=False)
        self.fc = nn.Linear(8, 4)

    def forward(self, tokens):
        return self.fc(self.layers(self.positions(self.embedding(tokens))).mean(dim=1))


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens = nn.Embedding(30, 8)
        self.positions = nn.Embedding(16, 8)
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.norm = nn.LayerNorm(8)
        self.head = nn.Linear(8, 30, bias=False)

    def forward(self, tokens):
        steps = tokens.shape[1]
        x = self.tokens(tokens) + self.positions(torch.arange(steps, device=tokens.device))
        mask = torch.triu(torch.ones(steps, steps, dtype=torch.bool), diagonal=1)
        attended, _ = self.attention(x, x, x, attn_mask=mask, need_weights=False)
        return self.head(self.norm(x + attended))


class OwnPositions(nn.Module):
    def __init__(self):
        super().__init__()
        self.position = nn.Parameter(torch.zeros(1, 9, 6))
        self.fc = nn.Linear(6, 2)

    def forward(self, x):
        return self.fc(x + self.position).mean(1)


class Twice(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(6, 6)
        self.out = nn.Linear(6, 2)

    def forward(self, x):
        return self.out(torch.relu(self.layer(torch.relu(self.layer(x)))))


class Series(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(3, 4, 3, padding=1)
        self.pool = nn.MaxPool1d(2)
        self.fc = nn.Linear(4, 2)

    def forward(self, x):
        return self.fc(self.pool(F.relu(self.conv(x))).mean(2))


class OverTime(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(5, 4, 3, padding=1)
        self.fc = nn.Linear(4, 2)

    def forward(self, x):
        return self.fc(self.conv(x.transpose(1, 2)).permute(0, 2, 1)[:, -1])


class Swish(nn.Module):
    def forward(self, x):
        return x * torch.sigmoid(x)


class Settings(nn.Module):
    """Sizes decide, not numbers."""

    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(8, 8) for _ in range(3)])
        self.swish = Swish()

    def forward(self, x):
        b, d = x.shape
        assert d == 8
        for number, layer in enumerate(self.layers):
            x = self.swish(layer(x)) if number % 2 == 0 else layer(x) + x
        return x


class TwoInputs(nn.Module):
    def __init__(self):
        super().__init__()
        self.image = nn.Conv2d(1, 4, 3)
        self.numbers = nn.Linear(5, 4)
        self.fc = nn.Linear(4, 1)

    def forward(self, picture, numbers):
        return torch.sigmoid(self.fc(self.image(picture).amax(dim=(2, 3)) * self.numbers(numbers)))


class OwnLoss(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = nn.Linear(6, 8)
        self.main = nn.Linear(8, 4)
        self.side = nn.Linear(8, 4)

    def forward(self, x):
        x = F.gelu(self.trunk(x))
        return self.main(x), self.side(x)

    def loss(self, outputs, target):
        main, side = outputs
        return F.cross_entropy(main, target, label_smoothing=0.1) + 0.3 * F.cross_entropy(side, target)


class Frozen(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(6, 8)
        self.head = nn.Linear(8, 4)
        for parameter in self.body.parameters():
            parameter.requires_grad = False

    def forward(self, x):
        return self.head(self.body(x).relu())


# What cannot be drawn


class OnData(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, x):
        x = self.fc(x)
        if x.sum() > 0:
            return x
        return -x


class OnTraining(nn.Module):
    def __init__(self):
        super().__init__()
        self.one = nn.Linear(4, 4)
        self.other = nn.Linear(4, 4)

    def forward(self, x):
        x = self.one(x)
        if self.training:
            x = self.other(x)
        return x


class NoBlock(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, x):
        return torch.fft.fft(self.fc(x)).abs()


class Detached(nn.Module):
    def __init__(self):
        super().__init__()
        self.one = nn.Linear(4, 4)
        self.two = nn.Linear(4, 4)

    def forward(self, x):
        return self.two(self.one(x).detach())


class Needs(nn.Module):
    def __init__(self, width, depth=2):
        super().__init__()


def small():
    return nn.Sequential(nn.Linear(4, 3), nn.Softplus(), nn.Linear(3, 2))
