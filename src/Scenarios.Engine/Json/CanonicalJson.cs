using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;

namespace Scenarios.Engine.Json;

/// <summary>
/// One way to write a JSON value, so that two bodies which mean the same hash the same: members sorted by the bytes of
/// their names as written here, no white space, texts with the fewest escapes, numbers by their digits as sent (<c>1.0</c>
/// is not <c>1</c>, as content keeps its numbers). Idempotency compares this and not bytes.
/// </summary>
/// <remarks>
/// For what has passed <see cref="JsonGate"/>: other input throws, and duplicate names would be kept. It is on the path of
/// each capture, so it is one pass of the reader into one buffer; an object is put in order where it was written, and
/// only if its sender did not send it so.
/// </remarks>
public static class CanonicalJson
{
    public const int HashBytes = SHA256.HashSizeInBytes;

    /// <summary>Characters that JSON requires to be escaped in a text.</summary>
    private static readonly SearchValues<byte> MustEscape = SearchValues.Create([
        .. Enumerable.Range(0, 32).Select(c => (byte)c),
        (byte)'"',
        (byte)'\\',
    ]);

    public static byte[] Hash(JsonElement value) => Hash(JsonMarshal.GetRawUtf8Value(value));

    /// <summary>SHA-256 of the canonical text.</summary>
    public static byte[] Hash(ReadOnlySpan<byte> utf8)
    {
        // Not a "using": that would make the text a constant, and each call would work on a copy of it.
        var text = new Text(utf8);
        try
        {
            return SHA256.HashData(text.Write());
        }
        finally
        {
            text.Release();
        }
    }

    /// <summary>The canonical text itself.</summary>
    public static byte[] Of(ReadOnlySpan<byte> utf8)
    {
        var text = new Text(utf8);
        try
        {
            return text.Write().ToArray();
        }
        finally
        {
            text.Release();
        }
    }

    /// <summary>A member as it is in the buffer, with its quoted name, colon and value.</summary>
    private readonly record struct Member(int Start, int NameEnd, int End);

    private readonly struct ByName(byte[] buffer) : IComparer<Member>
    {
        // Without the quotation marks: the closing one would sort "a" behind "a!".
        public int Compare(Member a, Member b) =>
            buffer.AsSpan((a.Start + 1)..(a.NameEnd - 1)).SequenceCompareTo(buffer.AsSpan((b.Start + 1)..(b.NameEnd - 1)));
    }

    private ref struct Text(ReadOnlySpan<byte> utf8)
    {
        private Utf8JsonReader _reader = new(utf8);

        // Nothing of it is longer in the canonical text than in the raw one, so neither buffer ever grows.
        private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(utf8.Length);
        private readonly byte[] _scratch = ArrayPool<byte>.Shared.Rent(utf8.Length);
        private int _length;

        // Of all objects that are open, the innermost last.
        private Member[] _members = ArrayPool<Member>.Shared.Rent(64);
        private int _memberCount;

        public ReadOnlySpan<byte> Write()
        {
            _reader.Read();
            Value();
            return _buffer.AsSpan(0, _length);
        }

        public readonly void Release()
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            ArrayPool<byte>.Shared.Return(_scratch);
            ArrayPool<Member>.Shared.Return(_members);
        }

        private void Value()
        {
            switch (_reader.TokenType)
            {
                case JsonTokenType.StartObject:
                    Object();
                    break;
                case JsonTokenType.StartArray:
                    Array();
                    break;
                case JsonTokenType.String:
                    Quoted();
                    break;
                default:
                    Append(_reader.ValueSpan);
                    break;
            }
        }

        private void Array()
        {
            Append((byte)'[');
            for (var first = true; _reader.Read() && _reader.TokenType != JsonTokenType.EndArray; first = false)
            {
                if (!first)
                    Append((byte)',');
                Value();
            }
            Append((byte)']');
        }

        private void Object()
        {
            Append((byte)'{');
            var (outer, sorted) = (_memberCount, true);
            while (_reader.Read() && _reader.TokenType != JsonTokenType.EndObject)
            {
                if (_memberCount > outer)
                    Append((byte)',');
                var start = _length;
                Quoted();
                var nameEnd = _length;
                Append((byte)':');
                _reader.Read();
                Value();
                var member = new Member(start, nameEnd, _length);
                sorted =
                    sorted && (_memberCount == outer || new ByName(_buffer).Compare(_members[_memberCount - 1], member) < 0);
                Push(member);
            }
            if (!sorted)
                Sort(_members.AsSpan(outer.._memberCount));
            _memberCount = outer;
            Append((byte)'}');
        }

        /// <summary>Puts the members, which end the buffer, in the order of their names.</summary>
        private void Sort(Span<Member> members)
        {
            var start = members[0].Start;
            MemoryExtensions.Sort(members, new ByName(_buffer));
            _buffer.AsSpan(start.._length).CopyTo(_scratch.AsSpan(start));
            _length = start;
            foreach (var member in members)
            {
                if (_length > start)
                    Append((byte)',');
                Append(_scratch.AsSpan(member.Start..member.End));
            }
        }

        private void Push(Member member)
        {
            if (_memberCount == _members.Length)
            {
                var larger = ArrayPool<Member>.Shared.Rent(_memberCount * 2);
                _members.CopyTo(larger, 0);
                ArrayPool<Member>.Shared.Return(_members);
                _members = larger;
            }
            _members[_memberCount++] = member;
        }

        /// <summary>The name or text at which the reader is.</summary>
        private void Quoted()
        {
            Append((byte)'"');
            if (!_reader.ValueIsEscaped)
                Append(_reader.ValueSpan);
            else
            {
                ReadOnlySpan<byte> plain = _scratch.AsSpan(0, _reader.CopyString(_scratch));
                while (plain.IndexOfAny(MustEscape) is >= 0 and var at)
                {
                    Append(plain[..at]);
                    Escaped(plain[at]);
                    plain = plain[(at + 1)..];
                }
                Append(plain);
            }
            Append((byte)'"');
        }

        private void Escaped(byte character)
        {
            Append((byte)'\\');
            switch (character)
            {
                case (byte)'"' or (byte)'\\':
                    Append(character);
                    break;
                case (byte)'\b':
                    Append((byte)'b');
                    break;
                case (byte)'\t':
                    Append((byte)'t');
                    break;
                case (byte)'\n':
                    Append((byte)'n');
                    break;
                case (byte)'\f':
                    Append((byte)'f');
                    break;
                case (byte)'\r':
                    Append((byte)'r');
                    break;
                default:
                    Append("u00"u8);
                    Append((byte)('0' + (character >> 4)));
                    Append("0123456789abcdef"u8[character & 15]);
                    break;
            }
        }

        private void Append(byte one) => _buffer[_length++] = one;

        private void Append(ReadOnlySpan<byte> many)
        {
            many.CopyTo(_buffer.AsSpan(_length));
            _length += many.Length;
        }
    }
}
