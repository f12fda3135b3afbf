using System.Text;

namespace Scenarios.Bench.Load;

/// <summary>Where captures go: the product and the naive design take the same bytes.</summary>
/// <param name="Path">Of single captures; batches add <c>:batch</c>.</param>
internal sealed record Target(System.Net.IPEndPoint Address, string Path, string Token);

/// <summary>
/// A POST of one capture, or of a batch, as bytes made once: from use to use only the digits of the profiles change.
/// </summary>
internal sealed class CaptureRequest
{
    private const int Digits = 8;
    private readonly byte[] _bytes;
    private readonly int _first,
        _stride,
        _count;

    /// <param name="count">0 for a single capture, else the size of the batch.</param>
    public CaptureRequest(Target target, int count)
    {
        // A small order as the content: what a shop sends along.
        var item = $$$$"""{"profileId":"{{{{ProfileId(0)}}}}","content":{"order":{"id":"A-1042","total":59.9}}}""";
        var body = count == 0 ? item : $$"""{"items":[{{string.Join(',', Enumerable.Repeat(item, count))}}]}""";
        var head = $"""
            POST {target.Path}{(count == 0 ? "" : ":batch")} HTTP/1.1
            Host: {target.Address}
            Authorization: Bearer {target.Token}
            Content-Type: application/json
            Content-Length: {body.Length}


            """.ReplaceLineEndings("\r\n");
        _bytes = Encoding.ASCII.GetBytes(head + body);
        _first = _bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(ProfileId(0))) + 1;
        _stride = item.Length + 1;
        _count = Math.Max(1, count);
    }

    public static string ProfileId(int index) => $"c{index.ToString($"D{Digits}")}";

    /// <summary>The request for the profiles from <paramref name="profile"/> on; good until the next one is asked for.</summary>
    public ReadOnlyMemory<byte> From(int profile)
    {
        for (var i = 0; i < _count; i++)
            (profile + i).TryFormat(_bytes.AsSpan(_first + i * _stride, Digits), out _, $"D{Digits}");
        return _bytes;
    }
}
