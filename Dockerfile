# One image for page, worker and migration; docker-compose.yml starts it three times.
#
# TORCH_INDEX_URL chooses the build of PyTorch. Empty: the package index's own, which runs on any CPU and, on x86-64 Linux, on NVIDIA GPUs
# as well. Else the index that PyTorch's installation page names, of wheels for the CPU only (a far smaller image) or for another CUDA.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
ARG TORCH_INDEX_URL=""
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/gradloom
WORKDIR /srv/gradloom
COPY pyproject.toml constraints.txt README.md LICENSE ./
# The dependencies first: a change of our own code does not install them again.
RUN /opt/gradloom/bin/python -c 'import tomllib; print("\n".join(tomllib.load(open("pyproject.toml", "rb"))["project"]["dependencies"]))' > /tmp/dependencies.txt \
    && /opt/gradloom/bin/pip install -c constraints.txt ${TORCH_INDEX_URL:+--extra-index-url "$TORCH_INDEX_URL"} -r /tmp/dependencies.txt
COPY . .
RUN /opt/gradloom/bin/pip install --no-deps --editable .

FROM ${PYTHON_IMAGE}
RUN groupadd --gid 10001 gradloom && useradd --uid 10001 --gid gradloom --home-dir /data --no-create-home gradloom \
    && install --directory --owner gradloom --group gradloom /data
COPY --from=build /opt/gradloom /opt/gradloom
COPY --from=build /srv/gradloom /srv/gradloom
ENV PATH=/opt/gradloom/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 GRADLOOM_HOME=/data
WORKDIR /srv/gradloom
USER gradloom
VOLUME /data
EXPOSE 8501
# In a container the page listens at all of its addresses; which of them the world sees is decided by what is published.
CMD ["gradloom", "up", "--host", "0.0.0.0", "--port", "8501", "--no-open"]
