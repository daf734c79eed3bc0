# The workshop in a container: JupyterLab, the chapters, the books and the model, with nothing left to install.
#
#   docker build --tag reseau-romans .
#
# Build arguments
#   PYTHON_VERSION   a version of Python between the two of workshop/machine/unpack.py
#   TORCH_BACKEND    cpu: PyTorch's own build without CUDA (the default); pypi: what the package index gives, with CUDA, for a
#                    graphics card; or any name that `uv pip install --torch-backend` knows
#   TORCH_INDEX      the address of another index to take torch from (a mirror of the house)
ARG PYTHON_VERSION=3.12.13
ARG DEBIAN_RELEASE=bookworm

# ---- the packages: only requirements.txt changes this stage
FROM python:${PYTHON_VERSION}-slim-${DEBIAN_RELEASE} AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore UV_NO_CACHE=1
ARG TORCH_BACKEND=cpu
ARG TORCH_INDEX=
WORKDIR /build
COPY requirements.txt .
# torch comes first and alone, from where it has no CUDA; an index that does not answer leaves the choice to pip (and is said).
# uv knows the address of PyTorch's index.
RUN python -m venv /opt/venv \
    && torch="$(grep '^torch==' requirements.txt)" \
    && if [ -n "$TORCH_INDEX" ]; then set -- --default-index "$TORCH_INDEX"; else set -- --torch-backend="$TORCH_BACKEND"; fi \
    && if [ -n "$TORCH_INDEX" ] || [ "$TORCH_BACKEND" != pypi ]; then \
        python -m pip install uv==0.13.8 && VIRTUAL_ENV=/opt/venv uv pip install --no-deps "$@" "$torch" \
        || echo "WARNING: no torch from $*: pip takes it where it finds it, perhaps with CUDA (3 GB more)"; \
    fi
RUN /opt/venv/bin/python -m pip install --requirement requirements.txt
# What is only of use to compile or to test the libraries themselves. torch/bin keeps the one program that torch runs.
RUN site="$(/opt/venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" \
    && for part in tensorflow/include torch/include torch/test pyarrow/include pandas/tests clang; do rm -rf "${site:?}/$part"; done \
    && find "$site/torch/bin" -type f ! -name torch_shm_manager -delete \
    && echo /opt/atelier > "$site/workshop.pth"

# ---- the books, and the larger model where there will be a graphics card: taken now if the network allows it, and laid out as
# on the workshop's USB key (workshop/machine/pack.py), where the chapters look first
FROM packages AS library
ENV WORKSHOP_CACHE=/var/cache/atelier HF_HUB_DISABLE_TELEMETRY=1
COPY workshop /opt/atelier/workshop
COPY data /opt/atelier/data
# The cache of this step outlives the build: a book is never fetched twice.
RUN --mount=type=cache,target=/var/cache/atelier \
    mkdir -p /opt/library/books /opt/library/models /var/cache/atelier/books \
    && { timeout 300 /opt/venv/bin/python -m workshop books || true; } \
    && find /var/cache/atelier/books -name '*.txt' -exec cp {} /opt/library/books/ \; \
    && ls /opt/library/books \
    && if [ -z "$(ls /opt/library/books)" ]; then \
        echo "WARNING: no novel could be fetched now: the image holds the Veillées, and looks for the novels when it runs"; \
    fi
RUN if [ "$TORCH_BACKEND" != cpu ]; then \
        model="$(/opt/venv/bin/python -c 'from workshop.gpt2 import GPU_MODEL; print(GPU_MODEL)')" \
        && folder="/opt/library/models/${model%%/*}--${model##*/}" \
        && { timeout 900 /opt/venv/bin/hf download "$model" --local-dir "$folder" \
            --include '*.json' --include '*.txt' --include 'model*.safetensors' \
            || { rm -rf "$folder"; echo "WARNING: $model could not be fetched now: it will be looked for when the image runs"; }; }; \
    fi

# ---- the image
FROM python:${PYTHON_VERSION}-slim-${DEBIAN_RELEASE} AS workshop
LABEL org.opencontainers.image.title="Le réseau de neurones qui écrivait des romans" \
      org.opencontainers.image.description="A workshop: from raw novels to a neural network that writes" \
      org.opencontainers.image.licenses="MIT AND CC-BY-4.0 AND CC0-1.0" \
      org.opencontainers.image.source="https://github.com/reseau-romans/reseau-romans" \
      org.opencontainers.image.version="1.0.0"
# Any user may write in the two folders of the attendee (`docker run --user`); everything else belongs to root.
RUN apt-get update \
    && apt-get install --no-install-recommends --yes tini \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 1000 --create-home atelier \
    && install --directory --owner=atelier --group=atelier --mode=1777 /home/atelier /home/atelier/travail
COPY --from=packages /opt/venv /opt/venv
# Whoever built it may have a strict umask: what only they could read in their checkout, the attendee reads here.
COPY --chmod=644 docker/jupyter_server_config.py docker/voila.py /opt/venv/etc/jupyter/
COPY --from=library /opt/library /opt/atelier/usb
COPY --chmod=755 data /opt/atelier/data
COPY --chmod=755 docker/entrypoint.py docker/health.py /opt/atelier/docker/
COPY --chmod=644 requirements.txt pyproject.toml LICENSE /opt/atelier/
COPY --chmod=755 app /opt/atelier/app
COPY --chmod=755 notebooks /opt/atelier/notebooks
COPY --chmod=755 solutions /opt/atelier/solutions
COPY --chmod=755 workshop /opt/atelier/workshop
# An import that fails here would fail in the room.
RUN /opt/venv/bin/python -m compileall -q /opt/atelier/workshop \
    && /opt/venv/bin/python -c "import datasets, jupyterlab, keras, nltk, tensorflow, torch, transformers, workshop; print('torch', torch.__version__)"
ENV PATH=/opt/venv/bin:$PATH HOME=/home/atelier PYTHONUNBUFFERED=1 \
    WORKSHOP_OUTPUTS=/home/atelier/travail/outputs WORKSHOP_CACHE=/home/atelier/travail/cache \
    HF_HOME=/home/atelier/travail/cache/huggingface \
    JUPYTER_CONFIG_PATH=/opt/atelier/app/etc/jupyter JUPYTER_PATH=/opt/atelier/app/share/jupyter \
    HF_HUB_DISABLE_TELEMETRY=1 DO_NOT_TRACK=1 \
    NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
USER 1000:1000
WORKDIR /home/atelier/travail
EXPOSE 8888
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s CMD ["python", "/opt/atelier/docker/health.py"]
ENTRYPOINT ["tini", "--", "python", "/opt/atelier/docker/entrypoint.py"]
CMD ["jupyter", "lab"]
