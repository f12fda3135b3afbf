namespace Scenarios.Grains;

/// <summary>
/// A bucket that fills at the rate and holds one second's worth. A request that costs more than half of that is
/// admitted when the bucket is half full and leaves a debt: no batch is permanently too large, and the rate holds
/// over time. The debt is limited; otherwise one batch under a tiny rate would lock the tenant out for hours.
/// </summary>
internal sealed class RateBucket(TimeProvider time)
{
    private const int LongestDebtSeconds = 10;

    private double _tokens;
    private long _at;
    private int _rate;

    /// <summary>Null when the cost was deducted, otherwise when to try again.</summary>
    public TimeSpan? Take(int cost, int rate)
    {
        var now = time.GetTimestamp();
        if (rate != _rate)
            (_tokens, _rate) = (_rate == 0 ? rate : Math.Min(_tokens, rate), rate);
        else
            _tokens = Math.Min(rate, _tokens + time.GetElapsedTime(_at, now).TotalSeconds * rate);
        _at = now;
        var needed = Math.Min(cost, Math.Max(1, rate / 2));
        if (_tokens < needed)
            return TimeSpan.FromSeconds((needed - _tokens) / rate);
        _tokens = Math.Max(_tokens - cost, -LongestDebtSeconds * rate);
        return null;
    }

    /// <summary>Deducts as many as are available, up to the number asked for.</summary>
    public int TakeSome(int wanted)
    {
        var given = (int)Math.Clamp(Math.Floor(_tokens), 0, wanted);
        _tokens -= given;
        return given;
    }
}
