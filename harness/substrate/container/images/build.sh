#!/usr/bin/env bash
# Brings the images of images.txt that this machine lacks.
#
#   build.sh           pull the official images; without a registry, build local ones
#   build.sh --build   build all local images, and pull nothing
#
# A local image is made from the packages of this machine's distribution (Debian
# or Ubuntu). They are downloaded and unpacked, never installed, so that nothing
# but apt-get, a package mirror and the Docker daemon is needed: no root, no
# base image. `make images` runs this script.
set -euo pipefail
cd "$(dirname "$0")"

readonly pull_limit=180 # seconds for one image: beyond, building it is quicker

# What apt takes as installed: packages that only serve installation scripts and
# init systems, and the C compiler, which tcc stands in for (varnish.Dockerfile).
readonly assumed="adduser binutils debconf dpkg gcc gcc-aarch64-linux-gnu gcc-x86-64-linux-gnu init-system-helpers
  iproute2 libc6-dev lsb-base netbase perl systemd sysvinit-utils"

# What no container reads.
readonly unneeded=(--exclude=./usr/share/{doc,info,lintian,locale,man} --exclude=./usr/lib/*/gconv)

main() {
  local part wanted=()
  need_docker
  recipe=$(cat build.sh images.txt ./*.Dockerfile ./varnish/* ./skew/* | cksum | tr ' ' -)
  for part in $(parts); do
    if [ "${1:-}" = --build ]; then
      wanted+=("$part")
    elif present "$part"; then
      echo "$part: $(name_of "$part") is here"
    elif pull "$(field official "$part")"; then
      echo "$part: pulled $(field official "$part")"
    else
      wanted+=("$part")
    fi
  done
  [ "${#wanted[@]}" = 0 ] || build "${wanted[@]}"
}

die() {
  echo "build.sh: $*" >&2
  exit 1
}

need_docker() {
  command -v docker >/dev/null ||
    die "no docker command. Install Docker (Debian, Ubuntu: apt-get install docker.io), then run 'make images' again"
  docker version >/dev/null 2>&1 || {
    docker version >/dev/null || true # says why
    die "the Docker daemon does not answer. Start it (systemctl start docker), join its group (usermod -aG docker \$USER, then log in again) or set DOCKER_HOST"
  }
}

# --- The table.

parts() { awk '!/^#/ && NF {print $1}' images.txt; }

# field NAME PART prints one field of a part's row.
field() {
  awk -v name="$1" -v part="$2" '
    $1 == part && name == "official" {print $2}
    $1 == part && name == "local"    {print $3}
    $1 == part && name == "packages" {for (i = 4; i <= NF; i++) print $i}' images.txt
}

# --- What is here.

# local_of PART prints the local image, if this very script made it.
local_of() {
  docker image ls --filter "reference=$(field local "$1")" --filter "label=io.logoutlab.recipe=$recipe" \
    --format '{{.Repository}}:{{.Tag}}' | head -n 1
}

present() { [ -n "$(name_of "$1")" ]; }

# name_of PART prints the image that stands for a part, if there is one.
name_of() {
  local name
  name=$(local_of "$1")
  [ -n "$name" ] || name=$(docker image ls --filter "reference=$(field official "$1")" --format '{{.Repository}}:{{.Tag}}')
  echo "$name"
}

# --- Pulling.

registry=unknown

# pull IMAGE pulls it, and remembers whether a registry can be reached.
pull() {
  [ "$1" != - ] && [ "$registry" != no ] || return 1
  echo "pulling $1"
  if limited docker pull --quiet "$1" >/dev/null; then
    registry=yes
    return 0
  fi
  [ "$registry" = yes ] || registry=no
  return 1
}

# limited COMMAND... ends a command after pull_limit, where that can be done.
limited() {
  if command -v timeout >/dev/null; then timeout "$pull_limit" "$@"; else "$@"; fi
}

# --- Building.

build() {
  if ! command -v apt-get >/dev/null; then
    if [ "$*" = skew ]; then
      echo "skew: not built, as there is no apt-get here: clock faults of foreign programs cannot be run"
      return
    fi
    die "cannot pull $*, and without apt-get cannot build them. Give the Docker daemon access to a registry; or run 'make images' on Debian or Ubuntu and bring the result over: docker save IMAGE | ssh THIS-HOST docker load"
  fi
  work=$(mktemp -d)
  trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT
  echo "building from packages: $*"
  apt_conf >"$work/apt.conf"
  assume >"$work/status"
  mkdir -p "$work/lists/partial"
  apt update # warns where it fails
  image base logoutlab/base:latest libc6 busybox-static
  installed "$work"/base/packages/*.deb >>"$work/status"
  local part job jobs=()
  for part in "$@"; do
    # shellcheck disable=SC2046 # package names are words
    image "$part" "$(field local "$part")" $(field packages "$part") &
    jobs+=($!)
  done
  for job in "${jobs[@]}"; do wait "$job" || exit 1; done
  docker image prune --force --filter label=io.logoutlab.image=1 >/dev/null # what was replaced
}

# image PART NAME PACKAGE... builds one image; NAME without a tag gets the first
# package's version.
image() {
  local part=$1 name=$2 context=$work/$1/context deb version
  shift 2
  mkdir -p "$context"
  download "$part" "$@"
  unpack "$work/$part/packages" "$work/$part/root"
  tar -C "$work/$part/root" --owner=0 --group=0 --numeric-owner --sort=name --mtime=@0 -cf "$context/root.tar" .
  cp "$part.Dockerfile" "$context/Dockerfile"
  [ ! -d "$part" ] || cp "$part"/* "$context"
  deb=$(echo "$work/$part/packages/$1"_*.deb)
  version=$(dpkg-deb --field "$deb" Version)
  case $name in *:*) ;; *) name=$name:$(upstream "$version") ;; esac
  docker build --quiet --tag "$name" --label io.logoutlab.image=1 --label "io.logoutlab.recipe=$recipe" \
    --label "org.opencontainers.image.version=$version" "$context" >/dev/null 2>"$work/$part/said" || {
    cat "$work/$part/said" >&2
    die "docker build failed for $part"
  }
  echo "$part: built $name, $(docker image inspect --format '{{.Size}}' "$name" | awk '{printf "%.1f MB", $1 / 1e6}')"
}

# upstream VERSION strips epoch, revision and what no tag can hold:
# 5:7.0.15-1~deb12u10 is 7.0.15, and 0.9.27+git20200814-1 is 0.9.27.
upstream() {
  local version=${1#*:}
  version=${version%-*}
  echo "${version%%+*}"
}

# apt runs apt-get on a machine of its own, in which almost nothing is installed
# and nobody waits to be called.
apt() { apt-get -qq -c="$work/apt.conf" "$@"; }

apt_conf() {
  cat <<END
Dir::State::status "$work/status";
Dir::State::lists "$work/lists";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
Debug::NoLocking "true";
APT::Install-Recommends "false";
APT::Sandbox::User "";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
END
}

# download PART PACKAGE... fetches packages and whatever they need.
download() {
  local archives=$work/$1/packages
  shift
  mkdir -p "$archives/partial"
  apt -o Dir::Cache::archives="$archives" --yes --download-only install "$@" >/dev/null ||
    die "cannot download $*: see above. Can a package mirror of /etc/apt/sources.list be reached? Ubuntu has some packages in 'universe' only"
}

# unpack FROM TO unpacks packages below a root with merged /usr.
unpack() {
  local deb dir
  for dir in bin sbin lib lib64; do
    mkdir -p "$2/usr/$dir"
    ln -s "usr/$dir" "$2/$dir"
  done
  for deb in "$1"/*.deb; do
    dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$2" --keep-directory-symlink "${unneeded[@]}"
  done
}

# assume prints the dpkg status of the assumed packages.
assume() {
  local package arch
  arch=$(dpkg --print-architecture)
  for package in $assumed; do
    printf 'Package: %s\nStatus: install ok installed\nArchitecture: %s\nMulti-Arch: allowed\nVersion: 999\nMaintainer: none\nDescription: assumed\n\n' "$package" "$arch"
  done
}

# installed DEB... prints the dpkg status of packages.
installed() {
  local deb
  for deb; do
    dpkg-deb --field "$deb"
    printf 'Status: install ok installed\n\n'
  done
}

main "$@"
