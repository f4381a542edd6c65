#!/bin/sh
# Installs the Debian packages of the named sets that are missing: terminal, fleet, simulation, packaging. Can be run
# again.
set -eu

# avahi-utils brings avahi-browse, by which printers and scanners on the network are found, and the daemon behind it.
terminal='sane-utils libsane1 libjpeg-turbo-progs cups cups-client poppler-utils qpdf tesseract-ocr
  tesseract-ocr-script-cyrl util-linux fonts-dejavu-core alsa-utils v4l-utils avahi-utils'
fleet='poppler-utils qpdf fonts-dejavu-core util-linux libjemalloc2'
# What stands in for devices and people: virtual scanner and printer, their test tools, a browser, fonts.
simulation='libsane-dev gcc libc6-dev sane-airscan cups-ipp-utils cups-filters avahi-daemon dbus
  postgresql-15 chromium fonts-dejavu-core fonts-noto-core'

# What builds our own Debian packages and a bare machine to install them on.
packaging='binutils dpkg systemd mmdebstrap'

wanted=''
for set in "$@"; do
  case $set in
    terminal) wanted="$wanted $terminal" ;;
    fleet) wanted="$wanted $fleet" ;;
    simulation) wanted="$wanted $simulation" ;;
    packaging) wanted="$wanted $packaging" ;;
    *) echo "packages.sh: no set is called $set" >&2; exit 2 ;;
  esac
done

missing=''
for package in $wanted; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

echo "Installing:$missing"
export DEBIAN_FRONTEND=noninteractive
if [ "$(id -u)" -eq 0 ]; then as_root=''; else as_root='sudo'; fi
$as_root apt-get -o DPkg::Lock::Timeout=600 update -q
# shellcheck disable=SC2086 # the lists are words on purpose
$as_root apt-get -o DPkg::Lock::Timeout=600 install -q -y --no-install-recommends $missing
