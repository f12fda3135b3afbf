using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Scenarios.Cluster.Tests.Support;
using Scenarios.Storage.Embedded;

namespace Scenarios.Cluster.Tests.Storage;

public sealed class EmbeddedPostgresTests : IDisposable
{
    private readonly TempDirectory _data = new();

    private string Cluster => Path.Combine(_data.Path, "postgres");
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task The_second_to_come_joins_and_the_last_to_leave_stops_it()
    {
        var first = await StartAsync();
        var second = await StartAsync();
        Assert.Equal(first.Port, second.Port);

        await first.DisposeAsync();
        Assert.Equal("on", await AskAsync(second, "show fsync"));
        Assert.Equal("on", await AskAsync(second, "show data_checksums"));
        await second.DisposeAsync();

        Assert.Null(Postmaster.Read(Cluster));
    }

    [Fact]
    public async Task Killed_it_comes_back_on_its_port_with_everything_committed()
    {
        await using var postgres = await StartAsync();
        await AskAsync(postgres, "create table kept as select 42 as answer");
        Kill(Postmaster.Read(Cluster)!.Pid);

        string? answer = null;
        while (answer is null)
        {
            try
            {
                answer = await AskAsync(postgres, "select answer::text from kept");
            }
            catch (NpgsqlException) // gone, then starting
            {
                await postgres.RunOnceAsync(Cancel);
            }
        }
        Assert.Equal("42", answer);
    }

    [Fact]
    public async Task A_pid_file_that_names_somebody_elses_process_does_not_keep_it_from_starting()
    {
        await (await StartAsync()).DisposeAsync();
        var file = Path.Combine(Cluster, "postmaster.pid");
        await File.WriteAllTextAsync(file, $"{Environment.ProcessId}\n{Cluster}\n1\n25432\n\n127.0.0.1\n0\nready\n", Cancel);

        await using var postgres = await StartAsync();

        Assert.Equal("1", await AskAsync(postgres, "select '1'"));
    }

    [Fact]
    public async Task Its_password_can_be_read_by_its_owner_alone()
    {
        await using var postgres = await StartAsync();
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite,
            File.GetUnixFileMode(Path.Combine(_data.Path, "postgres.password"))
        );
        var guess = new NpgsqlConnectionStringBuilder(postgres.ConnectionString) { Password = "scenarios", Pooling = false };
        await using var connection = new NpgsqlConnection(guess.ConnectionString);
        await Assert.ThrowsAsync<PostgresException>(() => connection.OpenAsync(Cancel));
    }

    private Task<EmbeddedPostgres> StartAsync() =>
        EmbeddedPostgres.StartAsync(_data.Path, NullLogger.Instance, TimeProvider.System, Cancel);

    private static async Task<string?> AskAsync(EmbeddedPostgres postgres, string sql)
    {
        await using var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(postgres.ConnectionString) { Pooling = false }.ConnectionString
        );
        await connection.OpenAsync(Cancel);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(Cancel) as string;
    }

    private static void Kill(int pid)
    {
        using var process = Process.GetProcessById(pid);
        process.Kill();
        process.WaitForExit();
    }
}
