using System.IO.MemoryMappedFiles;

namespace Scenarios.Fuzz;

/// <summary>What a hunt has come to, and the input that it has in hand, in memory that outlives its process.</summary>
internal sealed unsafe class HuntLog : IDisposable
{
    private const int Numbers = 6 * sizeof(long);

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _at;

    public HuntLog(string path)
    {
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.OpenOrCreate, null, Numbers + Hunt.MaxBytes);
        _view = _file.CreateViewAccessor();
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _at);
    }

    public ref long Executions => ref ((long*)_at)[0];
    public ref long Edges => ref ((long*)_at)[1];
    public ref long SeedEdges => ref ((long*)_at)[2];
    public ref long Kept => ref ((long*)_at)[3];
    public ref long Findings => ref ((long*)_at)[4];
    private ref long Length => ref ((long*)_at)[5];

    public ReadOnlySpan<byte> Input
    {
        get => new(_at + Numbers, (int)Length);
        set
        {
            value.CopyTo(new Span<byte>(_at + Numbers, Hunt.MaxBytes));
            Length = value.Length;
        }
    }

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }
}
