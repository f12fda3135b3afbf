namespace Scenarios.Engine.Batches;

/// <summary>The answers that keys were given: those that were read, and those of this batch.</summary>
public sealed class Receipts(SliceRead read, LedgerWrite write, TimeSpan declinesKept)
{
    private Dictionary<string, ReceiptRow>? _own;

    /// <summary>The answer that the key was given, if it still counts: that of a decline is kept for a while only.</summary>
    public ReceiptRow? Find(string key)
    {
        if (FindKept(key) is not { } receipt)
            return null;
        if (receipt.RunId is not null || receipt.At >= write.Now - declinesKept)
            return receipt;
        write.ExpiredReceipts.Add(key);
        return null;
    }

    /// <summary>The answer that the key was given, however long ago.</summary>
    public ReceiptRow? FindKept(string key) =>
        _own is not null && _own.TryGetValue(key, out var receipt) || read.Receipts.TryGetValue(key, out receipt)
            ? receipt
            : null;

    public void Write(string key, ReceiptRow receipt)
    {
        (_own ??= new(StringComparer.Ordinal))[key] = receipt;
        write.Receipts.Add((key, receipt));
    }
}
