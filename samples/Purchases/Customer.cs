using System.Globalization;

namespace Scenarios.Samples.Purchases;

/// <summary>A customer with what follows from the purchases.</summary>
/// <param name="Total">Dollars.</param>
internal sealed record Customer(string Id, int Orders, decimal Total, DateOnly FirstPurchase, DateOnly LastPurchase)
{
    public const decimal Gold = 250,
        Silver = 75;

    public string Tier =>
        Total >= Gold ? "gold"
        : Total >= Silver ? "silver"
        : "bronze";

    /// <summary>From the lines <c>customer date number dollars</c>, separated by blanks, under one line of heading.</summary>
    public static List<Customer> Read(string file) =>
        [
            .. File.ReadLines(file)
                .Skip(1)
                .Where(line => !string.IsNullOrWhiteSpace(line))
                .Select(Purchase.Parse)
                .GroupBy(purchase => purchase.Customer)
                .Select(all => new Customer(
                    all.Key,
                    all.Count(),
                    all.Sum(p => p.Dollars),
                    all.Min(p => p.Date),
                    all.Max(p => p.Date)
                )),
        ];

    private readonly record struct Purchase(string Customer, DateOnly Date, decimal Dollars)
    {
        public static Purchase Parse(string line) =>
            line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) switch
            {
                [var customer, var date, _, var dollars] => new(
                    customer,
                    DateOnly.ParseExact(date, "yyyyMMdd", CultureInfo.InvariantCulture),
                    decimal.Parse(dollars, CultureInfo.InvariantCulture)
                ),
                _ => throw new FormatException($"Not a purchase: '{line}'."),
            };
    }
}
