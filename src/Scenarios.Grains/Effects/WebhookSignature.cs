using System.Security.Cryptography;
using System.Text;

namespace Scenarios.Grains.Effects;

/// <summary>
/// The signature of Standard Webhooks 1.0, scheme v1: HMAC-SHA256 over <c>id.timestamp.body</c>, one for each live
/// secret, so that a receiver with either the old or the new secret accepts it during rotation.
/// </summary>
public static class WebhookSignature
{
    private const string SecretPrefix = "whsec_";

    /// <returns><c>v1,BASE64</c> for each secret, separated by spaces.</returns>
    /// <param name="unixSeconds">As sent in <c>webhook-timestamp</c>; receivers allow 5 minutes of difference.</param>
    public static string Of(IReadOnlyList<byte[]> secrets, string id, long unixSeconds, ReadOnlySpan<byte> body)
    {
        var head = Encoding.UTF8.GetBytes($"{id}.{unixSeconds}.");
        byte[] signed = [.. head, .. body];
        return string.Join(' ', secrets.Select(secret => "v1," + Convert.ToBase64String(HMACSHA256.HashData(secret, signed))));
    }

    /// <summary>The key in a secret as it is given to receivers: <c>whsec_</c> and base64.</summary>
    /// <exception cref="FormatException">The secret has another format.</exception>
    public static byte[] KeyOf(string secret) =>
        secret.StartsWith(SecretPrefix, StringComparison.Ordinal)
            ? Convert.FromBase64String(secret[SecretPrefix.Length..])
            : throw new FormatException("A webhook secret begins with whsec_.");

    /// <summary>24 random bytes, in the format given to receivers.</summary>
    public static string NewSecret() => SecretPrefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(24));
}
