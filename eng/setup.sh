# What ./run and ./test need on the machine: the .NET SDK and PostgreSQL's server programs. Sourced by both; $root is the clone.

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
oldest_postgres=15

say() { printf '%s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

# Runs a command as root: directly, or through sudo where that asks for nothing or there is somebody to ask.
as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then sudo "$@"
    else return 1
    fi
}

need_dotnet() {
    local home found=
    for home in "" "${DOTNET_ROOT:-}" "${HOME:-/nonexistent}/.dotnet" /usr/share/dotnet /usr/lib/dotnet /usr/local/share/dotnet; do
        if [ -n "$home" ]; then
            [ -x "$home/dotnet" ] || continue
            export DOTNET_ROOT=$home PATH="$home:$PATH"
        fi
        # Run here, dotnet answers with the SDK that global.json asks for, or fails.
        if (cd "$root" && dotnet --version) >/dev/null 2>&1; then found=1 && break; fi
    done
    [ "$found" ] || fail "Scenarios needs the .NET 10 SDK (global.json). Install it from https://dotnet.microsoft.com/download/dotnet/10.0
(Ubuntu, Fedora: package dotnet-sdk-10.0), then try again."

    # A service account may have no home; the SDK needs one for its cache.
    if [ ! -w "${HOME:-/nonexistent}" ]; then
        mkdir -p "$root/.data/home"
        export HOME="$root/.data/home" DOTNET_CLI_HOME="$root/.data/home"
    fi
    [ -w "$root/src" ] || fail "$root belongs to somebody else, and the build writes into it: clone the project as $(id -un)."
}

# The same places that the server looks into (PostgresBinaries.cs).
has_postgres() {
    local initdb version
    for initdb in "${SCENARIOS_POSTGRES_BIN:-/nonexistent}/initdb" "$(command -v initdb || true)" /usr/lib/postgresql/*/bin/initdb /usr/pgsql-*/bin/initdb \
        /usr/libexec/postgresql*/initdb /opt/homebrew/opt/postgresql@*/bin/initdb /usr/local/opt/postgresql@*/bin/initdb /usr/local/pgsql/bin/initdb; do
        [ -x "$initdb" ] || continue
        version=$("$initdb" --version) # initdb (PostgreSQL) 15.20 (Debian …)
        version=${version#*) }
        if [ "${version%%[!0-9]*}" -ge "$oldest_postgres" ]; then return 0; fi
    done
    return 1
}

newest_apt_postgres() {
    apt-cache --names-only search '^postgresql-[0-9]+$' | sed -n 's/^postgresql-\([0-9]*\) .*/\1/p' | sort -n | tail -1
}

install_postgres_by_apt() {
    export DEBIAN_FRONTEND=noninteractive
    as_root true || return 1
    [ "$(newest_apt_postgres)" ] || as_root apt-get update -qq || return 1
    local version
    version=$(newest_apt_postgres)
    [ "${version:-0}" -ge "$oldest_postgres" ] || return 1
    say "Installing PostgreSQL $version's server programs."
    # Debian's package would also make a cluster of its own and start it; we only want the programs.
    local conf=/etc/postgresql-common/createcluster.conf mine=
    if [ ! -e $conf ]; then
        mine=1
        as_root mkdir -p /etc/postgresql-common
        echo 'create_main_cluster = false' | as_root tee $conf >/dev/null
    fi
    local done=1
    as_root apt-get install -y -qq --no-install-recommends --reinstall "postgresql-$version" >&2 ||
        { as_root apt-get update -qq && as_root apt-get install -y -qq --no-install-recommends --reinstall "postgresql-$version" >&2; } || done=
    if [ -n "$mine" ] && [ -z "$done" ]; then as_root rm -f $conf; fi
    [ -n "$done" ]
}

need_postgres() {
    if [ -n "${ConnectionStrings__Scenarios:-}" ] || has_postgres; then return; fi
    if command -v apt-get >/dev/null; then install_postgres_by_apt || true
    elif command -v dnf >/dev/null; then as_root dnf install -y postgresql-server >&2 || true
    elif command -v apk >/dev/null; then as_root apk add postgresql >&2 || true
    elif command -v brew >/dev/null; then brew install postgresql@17 >&2 || true
    fi
    has_postgres || fail "Scenarios needs the server programs of PostgreSQL $oldest_postgres or newer (initdb, pg_ctl, postgres), and could not install them.
Install them (Debian, Ubuntu: apt-get install postgresql), or name their directory in SCENARIOS_POSTGRES_BIN,
or use a server of your own: ConnectionStrings__Scenarios='Host=…;Database=…;Username=…;Password=…'"
}

# Installs Debian packages, quietly; a machine whose lists are old or missing fetches them first. False where that cannot be.
apt_install() {
    command -v apt-get >/dev/null && as_root true || return 1
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1 ||
        { as_root apt-get update -qq >&2 && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2; }
}

# Only one fault test wants it, which says so where it is missing.
need_faketime() {
    ls /usr/lib/*-linux-gnu/faketime/libfaketimeMT.so.1 >/dev/null 2>&1 || apt_install libfaketime || true
}

# The console is built and tested with Node.js; without it the API builds and runs all the same. Sets $node.
need_node() {
    node=
    if command -v npm >/dev/null && node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' 2>/dev/null; then node=1; fi
}

# The browser of the console's tests. Sets $chromium; empty where there is none and none can be installed.
need_chromium() {
    local name
    chromium=
    for name in "${SCENARIOS_CHROMIUM:-}" chromium chromium-browser google-chrome; do
        if [ -n "$name" ] && command -v "$name" >/dev/null; then chromium=$(command -v "$name") && return; fi
    done
    [ -n "${node:-}" ] || return 0
    say "Installing Chromium for the tests of the console."
    apt_install chromium || true
    chromium=$(command -v chromium || true)
}

# One build at a time in one clone: two nodes are easily started in two terminals at once.
build_alone() {
    mkdir -p "$root/.data"
    if command -v flock >/dev/null; then
        exec 9>"$root/.data/build.lock"
        flock 9
    fi
}

build_done() { exec 9>&-; }

# Build servers would outlive us.
dotnet_build() { (cd "$root" && dotnet build --disable-build-servers --configuration Release --no-restore --nologo --verbosity quiet -consoleLoggerParameters:NoSummary "$@"); }

dotnet_restore() { (cd "$root" && dotnet restore --disable-build-servers --locked-mode --verbosity quiet "$@"); }

check_format() {
    (cd "$root" && dotnet tool restore >/dev/null && dotnet csharpier check .) >&2 || fail "Format the code first: dotnet csharpier format ."
}
