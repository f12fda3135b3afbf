namespace Scenarios.Storage.Embedded;

/// <summary>
/// A lock on a file that the kernel releases when its holder dies in any way (flock, through
/// <see cref="FileStream"/>). So sharing between processes needs no list of process ids that a <c>kill -9</c> would leave
/// stale.
/// </summary>
public sealed class FileLock : IDisposable
{
    private readonly FileStream stream;

    private FileLock(FileStream stream) => this.stream = stream;

    /// <summary>The text of the locked file: no other process can open the file while it is held exclusively.</summary>
    public string Text
    {
        get
        {
            stream.Position = 0;
            return new StreamReader(stream, leaveOpen: true).ReadToEnd();
        }
        set
        {
            stream.SetLength(0);
            using (var writer = new StreamWriter(stream, leaveOpen: true))
                writer.Write(value);
            stream.Flush(flushToDisk: true);
        }
    }

    /// <summary>An exclusive lock, or null while any other process holds it.</summary>
    public static FileLock? TryAlone(string path) => TryOpen(path, FileAccess.ReadWrite, FileShare.None);

    /// <summary>A shared lock, or null while another process holds it exclusively.</summary>
    public static FileLock? TryTogether(string path)
    {
        File.Open(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite).Dispose();
        return TryOpen(path, FileAccess.Read, FileShare.Read);
    }

    /// <summary>An exclusive lock, as soon as no other process holds it.</summary>
    /// <exception cref="TimeoutException">Another process held it for all of <paramref name="patience"/>.</exception>
    public static async Task<FileLock> AloneAsync(
        string path,
        TimeSpan patience,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var begun = time.GetTimestamp();
        while (true)
        {
            if (TryAlone(path) is { } held)
                return held;
            if (time.GetElapsedTime(begun) > patience)
                throw new TimeoutException($"Another process has held {path} for {patience.TotalSeconds} s.");
            await Task.Delay(TimeSpan.FromMilliseconds(50), time, cancellationToken);
        }
    }

    public void Dispose() => stream.Dispose();

    private static FileLock? TryOpen(string path, FileAccess access, FileShare share)
    {
        try
        {
            return new FileLock(new FileStream(path, FileMode.OpenOrCreate, access, share, bufferSize: 0));
        }
        catch (IOException) when (File.Exists(path))
        {
            return null; // another process holds the lock
        }
    }
}
