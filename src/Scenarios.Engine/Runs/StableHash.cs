using System.Buffers.Binary;
using System.Text;

namespace Scenarios.Engine.Runs;

/// <summary>
/// The hash that says where a profile belongs: FNV-1a with 64 bits over what was added, then the finalizer of SplitMix64,
/// so that all bits are good. Every node must compute the same, today and after every upgrade: partitions of running
/// scenarios and drawn branches hang on it. FROZEN: it may never change, and its tests hold known values.
/// </summary>
public struct StableHash
{
    private const ulong Offset = 0xCBF29CE484222325,
        Prime = 0x100000001B3;
    private const byte Separator = 0xFF; // not a byte of UTF-8, so ("ab", "c") is not ("a", "bc")

    private ulong _state = Offset;

    public StableHash() { }

    public static ulong Of(string text) => new StableHash().Add(text).Value;

    /// <summary>The text as UTF-8, and a separator.</summary>
    public readonly StableHash Add(string text)
    {
        var most = text.Length * 3;
        Span<byte> bytes = most <= 768 ? stackalloc byte[768] : new byte[most];
        var hash = Add(bytes[..Encoding.UTF8.GetBytes(text, bytes)]);
        hash._state = (hash._state ^ Separator) * Prime;
        return hash;
    }

    /// <summary>Four bytes, lowest first.</summary>
    public readonly StableHash Add(int number)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
        return Add(bytes);
    }

    /// <summary>Sixteen bytes, in the order in which the id is written.</summary>
    public readonly StableHash Add(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        return Add(bytes);
    }

    public readonly ulong Value
    {
        get
        {
            var z = _state + 0x9E3779B97F4A7C15;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }

    private readonly StableHash Add(ReadOnlySpan<byte> bytes)
    {
        var state = _state;
        foreach (var b in bytes)
            state = (state ^ b) * Prime;
        return this with { _state = state };
    }
}
