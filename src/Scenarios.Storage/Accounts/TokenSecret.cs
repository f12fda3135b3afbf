using System.Security.Cryptography;
using System.Text;

namespace Scenarios.Storage.Accounts;

/// <summary>
/// A token: <c>sc_ID_SECRET</c>, where ID (16 hex digits) finds its row and SECRET is 64 random hex digits and 8 of
/// checksum, by which scanners tell a leaked token from noise. Only SHA-256 of the whole is kept
/// (<see cref="TokenHashes"/>); it is random, so a slow hash adds nothing. An operator may also set a token of any other
/// shape; its id is then taken from its hash.
/// </summary>
public static class TokenSecret
{
    public const int MinLength = 16;
    public const int MaxLength = 512;
    private const int IdLength = 16,
        SecretLength = 64,
        ChecksumLength = 8;

    public static (string Id, string Token) New()
    {
        var id = RandomNumberGenerator.GetHexString(IdLength, lowercase: true);
        var head = $"sc_{id}_{RandomNumberGenerator.GetHexString(SecretLength, lowercase: true)}";
        return (id, head + Checksum(head));
    }

    /// <summary>The key under which a token's row is found; null for a text that cannot be a token.</summary>
    public static string? IdOf(string token)
    {
        if (token.Length is < MinLength or > MaxLength)
            return null;
        const int headLength = 3 + IdLength + 1 + SecretLength;
        if (
            token.StartsWith("sc_", StringComparison.Ordinal)
            && token.Length == headLength + ChecksumLength
            && token[3 + IdLength] == '_'
        )
            return Checksum(token[..headLength]) == token[headLength..] ? token.Substring(3, IdLength) : null;
        return "set-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("id:" + token)).AsSpan(0, 8));
    }

    public static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    private static string Checksum(string head) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(head)).AsSpan(0, ChecksumLength / 2));
}
