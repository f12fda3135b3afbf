using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;
using Scenarios.Storage.Accounts;

namespace Scenarios.Api.Http;

/// <summary>
/// Cursors carry the key after which a list goes on, signed together with tenant, path and query: one that was altered, or
/// comes from another list or tenant, is 400 <c>invalidCursor</c>.
/// </summary>
public sealed class Cursor
{
    private const int SignatureBytes = 16;
    private const int MaxLength = 4096;

    private readonly byte[] _key;
    private readonly string _list;

    internal Cursor(byte[] key, string list) => (_key, _list) = (key, list);

    /// <summary>For the list that this request names.</summary>
    public static async Task<Cursor> ForAsync(HttpContext context)
    {
        var key = await context.RequestServices.GetRequiredService<SigningKey>().ReadAsync();
        var filters = context
            .Request.Query.Where(q => q.Key is not ("cursor" or "limit"))
            .OrderBy(q => q.Key, StringComparer.Ordinal)
            .Select(q => $"{q.Key}={q.Value}");
        return new Cursor(key, $"{context.Caller().Tenant}\n{context.Request.Path}\n{string.Join('\n', filters)}\n");
    }

    public string Encode(string key)
    {
        var text = Encoding.UTF8.GetBytes(key);
        return WebEncoders.Base64UrlEncode([.. Sign(text), .. text]);
    }

    public string Decode(string cursor)
    {
        if (
            cursor.Length <= MaxLength
            && TryDecode(cursor) is { Length: >= SignatureBytes } bytes
            && CryptographicOperations.FixedTimeEquals(bytes.AsSpan(0, SignatureBytes), Sign(bytes.AsSpan(SignatureBytes)))
        )
            return Encoding.UTF8.GetString(bytes.AsSpan(SignatureBytes));
        throw new Refused(StatusCodes.Status400BadRequest, "invalidCursor", "This cursor is not one of this list.");
    }

    private byte[] Sign(ReadOnlySpan<byte> text) =>
        HMACSHA256.HashData(_key, (byte[])[.. Encoding.UTF8.GetBytes(_list), .. text])[..SignatureBytes];

    private static byte[]? TryDecode(string cursor)
    {
        try
        {
            var bytes = WebEncoders.Base64UrlDecode(cursor);
            // White space and padding would be decoded away.
            return WebEncoders.Base64UrlEncode(bytes) == cursor ? bytes : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
