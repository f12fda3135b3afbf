using System.Diagnostics;

namespace Scenarios.Storage.Embedded;

/// <summary>
/// The account that runs PostgreSQL: it refuses root, so root hands it to an unprivileged account; other users run it
/// as themselves.
/// </summary>
/// <param name="Name">The account to change to, null for one's own.</param>
public sealed record PostgresAccount(string? Name)
{
    public static PostgresAccount Choose()
    {
        if (!Environment.IsPrivilegedProcess)
            return new PostgresAccount(Name: null);
        var accounts = File.ReadLines("/etc/passwd").Select(line => line.Split(':')[0]).ToHashSet();
        return new PostgresAccount(
            accounts.Contains("postgres") ? "postgres"
            : accounts.Contains("nobody") ? "nobody"
            : throw new PostgresUnavailableException(
                "PostgreSQL does not run as root, and there is neither an account postgres nor nobody. Start "
                    + "Scenarios as an ordinary user."
            )
        );
    }

    /// <summary>Runs a program as this account, from the root directory, since the account may not see ours.</summary>
    public async Task<(int ExitCode, string Output)> RunAsync(
        string program,
        IEnumerable<string> arguments,
        string? input,
        CancellationToken cancellationToken
    )
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UserName = Name ?? "",
            WorkingDirectory = "/",
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(input.AsMemory(), cancellationToken);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return (process.ExitCode, (await output + await errors).Trim());
    }
}
