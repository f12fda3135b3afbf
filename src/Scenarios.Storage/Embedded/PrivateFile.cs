using System.Text;

namespace Scenarios.Storage.Embedded;

/// <summary>A small secret on disk: readable only by its owner, and complete or absent after a crash.</summary>
public static class PrivateFile
{
    public static void Write(string path, string text)
    {
        var unfinished = path + ".unfinished";
        File.Delete(unfinished);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var stream = new FileStream(unfinished, options))
        {
            stream.Write(Encoding.UTF8.GetBytes(text));
            stream.Flush(flushToDisk: true);
        }
        File.Move(unfinished, path, overwrite: true);
    }
}
