using System.Diagnostics;

namespace Scenarios.Storage.Embedded;

/// <summary>
/// The content of <c>postmaster.pid</c> about a cluster's server process, and whether it is still valid.
/// </summary>
public sealed record Postmaster(int Pid, int Port, string PidFile, string Text)
{
    /// <summary>Null when the cluster was stopped cleanly, or never started.</summary>
    public static Postmaster? Read(string cluster)
    {
        var file = Path.Combine(cluster, "postmaster.pid");
        try
        {
            var text = File.ReadAllText(file);
            var lines = text.Split('\n'); // pid, directory, start time, port, …
            return lines.Length > 4 && int.TryParse(lines[0], out var pid) && int.TryParse(lines[3], out var port)
                ? new Postmaster(pid, port, file, text)
                : null; // being written
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>
    /// False also when the pid now belongs to another process, which is common after a restart of the machine or a
    /// container. A postmaster's working directory is its cluster, so the file seen from that directory must be this
    /// one.
    /// </summary>
    public bool IsAlive()
    {
        if (!Directory.Exists("/proc/self"))
            return IsAliveByName();
        try
        {
            return File.ReadAllText($"/proc/{Pid}/cwd/postmaster.pid").StartsWith(IdentityOf(Text), StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    // Pid, directory and start time never change while it lives; the status line does.
    private static string IdentityOf(string text) => string.Join('\n', text.Split('\n').Take(3)) + "\n";

    private bool IsAliveByName()
    {
        try
        {
            using var process = Process.GetProcessById(Pid);
            return process.ProcessName.Contains("postgres", StringComparison.Ordinal);
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
