using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Scenarios.Grains.Effects;

/// <summary>
/// When an attempt is due after one that ended in Retry: 1, 2, 4 … seconds up to 5 minutes, spread over the upper
/// half of that, so that runs that failed together do not retry together. The spread is a function of run and
/// attempt: computed again after a crash or on another silo, it gives the same instant.
/// </summary>
public static class RetryPolicy
{
    public static readonly TimeSpan First = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    /// <summary>The pause before an attempt; null when the attempts are used up.</summary>
    /// <param name="nextAttempt">2 is the first retry.</param>
    /// <param name="retries">Attempts after the first.</param>
    /// <param name="retryAfter">The pause that the receiver asked for: the attempt is never earlier, and later only
    /// by the spread.</param>
    public static TimeSpan? DelayBefore(int nextAttempt, int retries, TimeSpan? retryAfter, Guid runId)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(nextAttempt, 2);
        if (nextAttempt - 1 > retries)
            return null;
        // More doublings would exceed the maximum anyway and finally overflow.
        var backoff = First * Math.Pow(2, Math.Min(nextAttempt - 2, 30));
        if (backoff > Longest)
            backoff = Longest;
        var spread = backoff / 2 * Fraction(runId, nextAttempt);
        return (retryAfter is { } asked && asked > backoff / 2 ? asked : backoff / 2) + spread;
    }

    /// <summary>From 0 to 1, uniform over runs and attempts.</summary>
    private static double Fraction(Guid runId, int attempt)
    {
        Span<byte> seed = stackalloc byte[20];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        runId.TryWriteBytes(seed, bigEndian: true, out _);
        BinaryPrimitives.WriteInt32BigEndian(seed[16..], attempt);
        SHA256.HashData(seed, hash);
        return BinaryPrimitives.ReadUInt32BigEndian(hash) / (double)uint.MaxValue;
    }
}
