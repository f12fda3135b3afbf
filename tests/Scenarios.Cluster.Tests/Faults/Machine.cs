using System.Diagnostics;

namespace Scenarios.Cluster.Tests.Faults;

/// <summary>A disk of its own in memory, which fills up. Needs root.</summary>
internal sealed class SmallDisk : IDisposable
{
    private SmallDisk(string path) => Path = path;

    public string Path { get; }

    /// <summary>Null where we may not.</summary>
    public static SmallDisk? TryMount(int megabytes)
    {
        var path = Directory.CreateTempSubdirectory("scenarios-disk-").FullName;
        if (Program.Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m,mode=0777", "tmpfs", path))
            return new SmallDisk(path);
        Directory.Delete(path);
        return null;
    }

    public void Grow(int megabytes) =>
        Assert.True(Program.Run("mount", "-o", $"remount,size={megabytes}m", Path), "the disk does not grow");

    public void Dispose()
    {
        Program.Run("umount", "-l", Path);
        Directory.Delete(Path);
    }
}

/// <summary>A control group (version 1) that stops, starves or starves of memory whoever is put in. Needs root.</summary>
internal sealed class ControlGroup : IDisposable
{
    private readonly string _path,
        _root;

    private ControlGroup(string root, string path) => (_root, _path) = (root, path);

    /// <param name="controller">freezer, memory or cpu.</param>
    /// <returns>Null where there is none, or we may not.</returns>
    public static ControlGroup? TryMake(string controller)
    {
        var root = Path.Combine("/sys/fs/cgroup", controller);
        if (!File.Exists(Path.Combine(root, "tasks")))
            return null;
        try
        {
            return new ControlGroup(
                root,
                Directory.CreateDirectory(Path.Combine(root, $"scenarios-{Guid.NewGuid():n}")).FullName
            );
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            return null;
        }
    }

    public void Take(ServerProcess node) => Set("cgroup.procs", $"{node.Id}");

    public void Set(string file, string value) => File.WriteAllText(Path.Combine(_path, file), value);

    public void Dispose()
    {
        foreach (var pid in File.ReadAllLines(Path.Combine(_path, "cgroup.procs")))
            File.WriteAllText(Path.Combine(_root, "cgroup.procs"), pid);
        Directory.Delete(_path);
    }
}

/// <summary>
/// Hinders a server from within (tests/Scenarios.Starver): one file asks for it, another one tells what was done.
/// </summary>
internal static class Hindrance
{
    public static void Prepare(ServerProcess node)
    {
        node.Environment["DOTNET_STARTUP_HOOKS"] = Path.Combine(AppContext.BaseDirectory, "Scenarios.Starver.dll");
        node.Environment["SCENARIOS_HINDRANCE"] = FileOf(node);
    }

    /// <param name="what"><c>pool 10</c> or <c>collect 5</c>.</param>
    /// <returns>What was done, or that the server ended before it was over.</returns>
    public static async Task<string> DoAsync(ServerProcess node, string what)
    {
        var (asked, done) = (FileOf(node), FileOf(node) + ".done");
        await File.WriteAllTextAsync(asked + ".part", what);
        File.Move(asked + ".part", asked);
        await Support.Api.UntilAsync(
            () => Task.FromResult(File.Exists(done) || node.HasExited),
            over => over,
            TimeSpan.FromMinutes(2)
        );
        return File.Exists(done) ? await File.ReadAllTextAsync(done) : "it ended before it was over";
    }

    private static string FileOf(ServerProcess node) => Path.Combine(node.Folder, "hindrance");
}

internal static class Program
{
    /// <summary>Whether it ran, and ended well.</summary>
    public static bool Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true }
            )!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
