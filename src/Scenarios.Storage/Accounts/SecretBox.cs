using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Scenarios.Storage.Accounts;

/// <summary>
/// Seals secrets that must be readable again before they are stored: an attacker with only the rows can open none.
/// The first key seals and every key opens, so a key is replaced by listing the new one before the old one.
/// </summary>
public sealed class SecretBox
{
    public const int KeyBytes = 32;

    /// <summary>No plain secret is longer: a longer value is sealed.</summary>
    private const int LongestOpen = 32;

    private const byte Format = 1;
    private const int NameAt = 1,
        NameBytes = 4,
        NonceAt = NameAt + NameBytes,
        NonceBytes = 12,
        TagAt = NonceAt + NonceBytes,
        TagBytes = 16,
        TextAt = TagAt + TagBytes;

    /// <summary>Without a key, secrets are stored in plain text.</summary>
    public static readonly SecretBox None = new([]);

    private readonly IReadOnlyList<byte[]> _keys;

    /// <exception cref="ArgumentException">A key does not have <see cref="KeyBytes"/> bytes.</exception>
    public SecretBox(IReadOnlyList<byte[]> keys) =>
        _keys = keys.All(k => k.Length == KeyBytes)
            ? keys
            : throw new ArgumentException($"A key must have {KeyBytes} bytes.", nameof(keys));

    public bool HasKey => _keys.Count > 0;

    /// <summary>The first key, used for new secrets.</summary>
    internal IReadOnlyList<byte[]> Keys => _keys;

    /// <param name="tenant">The owner: in another tenant's row the secret does not open.</param>
    public byte[] Seal(int tenant, byte[] secret)
    {
        if (!HasKey)
            return secret;
        var box = new byte[TextAt + secret.Length];
        box[0] = Format;
        NameOf(_keys[0]).CopyTo(box.AsSpan(NameAt));
        RandomNumberGenerator.Fill(box.AsSpan(NonceAt, NonceBytes));
        using var cipher = new AesGcm(_keys[0], TagBytes);
        cipher.Encrypt(box.AsSpan(NonceAt, NonceBytes), secret, box.AsSpan(TextAt), box.AsSpan(TagAt, TagBytes), Whose(tenant));
        return box;
    }

    /// <exception cref="CryptographicException">None of our keys sealed it, or it was altered.</exception>
    public byte[] Open(int tenant, byte[] kept)
    {
        if (kept.Length <= LongestOpen)
            return kept;
        var key = KeyOf(kept)
            ?? throw new CryptographicException("The secret is sealed by a key that this node does not have.");
        var secret = new byte[kept.Length - TextAt];
        using var cipher = new AesGcm(key, TagBytes);
        cipher.Decrypt(
            kept.AsSpan(NonceAt, NonceBytes),
            kept.AsSpan(TextAt),
            kept.AsSpan(TagAt, TagBytes),
            secret,
            Whose(tenant)
        );
        return secret;
    }

    public bool Opens(byte[] kept) => kept.Length <= LongestOpen || KeyOf(kept) is not null;

    /// <summary>
    /// Whether it is stored as a new secret would be: under the first key, or in plain text if there is none.
    /// </summary>
    public bool IsAsNow(byte[] kept) => !HasKey || (kept.Length > LongestOpen && KeyOf(kept) == _keys[0]);

    private byte[]? KeyOf(byte[] box) =>
        box[0] != Format ? null : _keys.FirstOrDefault(key => NameOf(key).SequenceEqual(box.AsSpan(NameAt, NameBytes)));

    /// <summary>Identifies the key without revealing anything about it.</summary>
    internal static byte[] NameOf(byte[] key) => SHA256.HashData(key)[..NameBytes];

    private static byte[] Whose(int tenant)
    {
        var bytes = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, tenant);
        return bytes;
    }
}
