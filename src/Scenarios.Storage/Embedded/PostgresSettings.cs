namespace Scenarios.Storage.Embedded;

/// <summary>
/// The settings of the embedded PostgreSQL. They go on its command line, not into its files: those belong to another
/// account when we run as root, and a new version of ours applies new settings without editing files.
/// </summary>
internal static class PostgresSettings
{
    private static readonly (string Name, string Value)[] Settings =
    [
        // Only this machine can reach it. There is no socket: its path could be too long, and loopback is enough.
        ("listen_addresses", "127.0.0.1"),
        ("unix_socket_directories", "''"),
        ("max_connections", "200"),
        // Accepted means durable.
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
        // Many small commits and few checkpoints: a checkpoint writes each page in full once more.
        ("shared_buffers", "256MB"),
        ("wal_compression", "on"),
        ("wal_buffers", "16MB"),
        ("max_wal_size", "4GB"),
        ("min_wal_size", "256MB"),
        ("checkpoint_timeout", "15min"),
        ("checkpoint_completion_target", "0.9"),
        ("wal_level", "replica"),
        // All data is on SSD or in memory; plans are for many short statements.
        ("random_page_cost", "1.1"),
        ("effective_io_concurrency", "64"),
        ("work_mem", "8MB"),
        ("maintenance_work_mem", "128MB"),
        ("jit", "off"),
        // Hot tables hold only live rows, so they must be vacuumed as fast as they turn over.
        ("autovacuum_naptime", "10s"),
        ("autovacuum_max_workers", "3"),
        ("autovacuum_vacuum_cost_limit", "2000"),
        ("autovacuum_vacuum_scale_factor", "0.05"),
        ("autovacuum_vacuum_insert_scale_factor", "0.1"),
        // Statistics of a hot table cost as much of a core as its vacuum several times over, six tables in one second
        // of each ten.
        // Our statements find rows by key: rough statistics are enough for their plans.
        ("autovacuum_analyze_scale_factor", "0.2"),
        ("default_statistics_target", "20"),
        // Rejected statements are answers for us and need not be in its log.
        ("log_min_messages", "log"),
        ("log_checkpoints", "off"),
        ("log_line_prefix", "'%m '"),
        ("timezone", "UTC"),
    ];

    /// <summary>For the <c>-o</c> of pg_ctl, which hands it to a shell.</summary>
    public static string CommandLine(int port) =>
        string.Join(' ', Settings.Select(setting => $"-c {setting.Name}={setting.Value}").Prepend($"-p {port}"));
}
