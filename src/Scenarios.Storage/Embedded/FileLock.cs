namespace Scenarios.Storage.Embedded;

/// <summary>
/// A lock on a file that the kernel drops when its holder dies, however it dies (flock, by way of <see cref="FileStream"/>).
/// So that what several processes share needs no list of process ids that a <c>kill -9</c> would leave stale.
/// </summary>
public sealed class FileLock : IDisposable
{
    private readonly FileStream stream;

    private FileLock(FileStream stream) => this.stream = stream;

    /// <summary>The locked file's own text: no other process can open the file while it is locked.</summary>
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

    /// <summary>Held alone, or null while anybody else holds it.</summary>
    public static FileLock? TryAlone(string path) => TryOpen(path, FileAccess.ReadWrite, FileShare.None);

    /// <summary>Held together with others, or null while somebody holds it alone.</summary>
    public static FileLock? TryTogether(string path)
    {
        File.Open(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite).Dispose();
        return TryOpen(path, FileAccess.Read, FileShare.Read);
    }

    /// <summary>Locked, as soon as no other process holds it.</summary>
    /// <exception cref="TimeoutException">Somebody held it for all of <paramref name="patience"/>.</exception>
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
            return null; // the lock is somebody else's
        }
    }
}
