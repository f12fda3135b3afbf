using System.Security.Cryptography;
using System.Text;

namespace Scenarios.Api.Http;

/// <summary>
/// Seals a kept answer that holds a secret. The key comes from the caller's own token, which we do not keep: neither a dump of
/// the database nor another token of the tenant opens it.
/// </summary>
internal sealed class AnswerSeal
{
    private const int NonceBytes = 12,
        TagBytes = 16;
    private readonly byte[] _key;

    private AnswerSeal(byte[] key) => _key = key;

    public static AnswerSeal For(HttpContext context, string idempotencyKey) =>
        new(
            HKDF.DeriveKey(
                HashAlgorithmName.SHA256,
                Encoding.UTF8.GetBytes(context.Request.Headers.Authorization.ToString()),
                32,
                info: Encoding.UTF8.GetBytes("receipt\n" + idempotencyKey)
            )
        );

    public string Close(string answer)
    {
        var text = Encoding.UTF8.GetBytes(answer);
        var box = new byte[NonceBytes + TagBytes + text.Length];
        RandomNumberGenerator.Fill(box.AsSpan(0, NonceBytes));
        using var cipher = new AesGcm(_key, TagBytes);
        cipher.Encrypt(box.AsSpan(0, NonceBytes), text, box.AsSpan(NonceBytes + TagBytes), box.AsSpan(NonceBytes, TagBytes));
        return Convert.ToBase64String(box);
    }

    /// <exception cref="Refused">Another token of the tenant used this key.</exception>
    public string Open(string sealedAnswer)
    {
        var box = Convert.FromBase64String(sealedAnswer);
        var text = new byte[box.Length - NonceBytes - TagBytes];
        using var cipher = new AesGcm(_key, TagBytes);
        try
        {
            cipher.Decrypt(
                box.AsSpan(0, NonceBytes),
                box.AsSpan(NonceBytes + TagBytes),
                box.AsSpan(NonceBytes, TagBytes),
                text
            );
        }
        catch (AuthenticationTagMismatchException)
        {
            throw Idempotency.Reused();
        }
        return Encoding.UTF8.GetString(text);
    }
}
