using System.Diagnostics;

namespace Scenarios.Storage.Embedded;

/// <summary>
/// The account that runs PostgreSQL. It refuses to run as root, so root uses an unprivileged account; any other user
/// runs it directly.
/// </summary>
/// <param name="Name">The account to switch to; null for the current one.</param>
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
                "PostgreSQL does not run as root, and neither of the accounts postgres and nobody exists. Start "
                    + "Scenarios as an ordinary user."
            )
        );
    }

    /// <summary>
    /// Runs a program as this account, from the root directory, because the account may not see ours.
    /// </summary>
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
