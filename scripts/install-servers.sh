#!/bin/sh
# Installs the servers that integration tests talk to, on Debian and its relatives. Quick when all is there; starts nothing.
set -eu

missing=''
need() { # path of a program, package that brings it
  [ -x "$1" ] || missing="$missing $2"
}

need_file() { # path of any file, package that brings it
  [ -e "$1" ] || missing="$missing $2"
}

found=''
for folder in /usr/lib/postgresql/*/bin; do
  if [ -x "$folder/postgres" ]; then found=yes; fi
done
[ -n "$found" ] || missing="$missing postgresql"
need /usr/sbin/mariadbd mariadb-server
need /usr/sbin/slapd slapd
need /usr/bin/ldapsearch ldap-utils
need /usr/sbin/ns-slapd 389-ds-base
need /usr/sbin/dscreate python3-lib389
need /usr/bin/java default-jre-headless
need_file /etc/apacheds/config.ldif apacheds
# Of the libraries it runs on, the package of Apache Directory names a few only.
need_file /usr/share/java/apache-directory-api-all.jar libapache-directory-api-java
need_file /usr/share/java/apacheds-jdbm1.jar libapache-directory-jdbm-java
need_file /usr/share/java/bcprov.jar libbcprov-java
need_file /usr/share/java/caffeine.jar libcaffeine-java
need_file /usr/share/java/commons-lang.jar libcommons-lang-java
need_file /usr/share/java/commons-pool.jar libcommons-pool-java
need_file /usr/share/java/mavibot.jar libmavibot-java
need_file /usr/share/java/mina2-core.jar libmina2-java
need /usr/bin/sqlite3 sqlite3
need /usr/sbin/samba samba-ad-dc
need /usr/bin/samba-tool samba-common-bin
need /usr/sbin/smbd samba
need /usr/bin/smbclient smbclient
need /usr/bin/setfacl acl
need /usr/bin/getfattr attr
[ -d /usr/lib/python3/dist-packages/samba ] || missing="$missing python3-samba"
need /usr/bin/ldbadd ldb-tools
[ -e /usr/share/samba/setup/provision.ldif ] || missing="$missing samba-ad-provision"
[ -e /usr/lib/*/samba/ldb/samba_dsdb.so ] || missing="$missing samba-dsdb-modules"
need /usr/sbin/winbindd winbind
[ -e /usr/lib/*/samba/vfs/acl_xattr.so ] || missing="$missing samba-vfs-modules"
need /usr/bin/openssl openssl
need /usr/bin/setpriv util-linux
need /usr/bin/odbcinst odbcinst
for driver in psqlodbcw.so:odbc-postgresql libmaodbc.so:odbc-mariadb libsqlite3odbc.so:libsqliteodbc libtdsodbc.so:tdsodbc; do
  ls /usr/lib/*/odbc/"${driver%%:*}" >/dev/null 2>&1 || missing="$missing ${driver#*:}"
done

# Drivers with native parts are compiled against these.
need /usr/bin/krb5-config libkrb5-dev
need /usr/bin/c++ g++
need /usr/bin/make make
need /usr/bin/python3 python3
[ -e /usr/include/sql.h ] || missing="$missing unixodbc-dev"

# Robot Framework drives a browser; it comes from PyPI, into a virtual environment.
need /usr/bin/chromium chromium
need /usr/bin/chromedriver chromium-driver
/usr/bin/python3 -c 'import ensurepip' 2>/dev/null || missing="$missing python3-venv"

if [ -z "$missing" ]; then
  sh "$(dirname "$0")/install-robot.sh"
  echo 'All servers for the tests are installed.'
  exit 0
fi
if [ "$(id -u)" -ne 0 ]; then
  echo "Missing:$missing. Run this script as root." >&2
  exit 1
fi

# Services must not start while they are installed: a policy that denies it, unless the machine has its own.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' > "$policy"
  chmod 755 "$policy"
  trap 'rm -f "$policy"' EXIT INT TERM
fi

# Nor is the distribution's own PostgreSQL cluster wanted.
mkdir -p /etc/postgresql-common/createcluster.d
echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.d/lockstep-tests.conf

export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086
apt-get install -y -qq --no-install-recommends $missing
echo "Installed:$missing"
sh "$(dirname "$0")/install-robot.sh"
