using System.Globalization;
using System.Numerics;
using System.Text;
using CsCheck;
using Scenarios.Engine.Rules;

namespace Scenarios.Engine.Tests.Rules;

public class ExactNumberTests
{
    [Theory]
    [InlineData("0", "-0.00e5", 0)]
    [InlineData("1", "1.0", 0)]
    [InlineData("100", "1e2", 0)]
    [InlineData("0.001", "1E-3", 0)]
    [InlineData("12.50", "1.25e+1", 0)]
    [InlineData("0.05", "0.5", -1)]
    [InlineData("9007199254740993", "9007199254740992", 1)]
    [InlineData("-1", "1", -1)]
    [InlineData("-2", "-1", -1)]
    [InlineData("-1e400", "0", -1)]
    [InlineData("1e-400", "0", 1)]
    [InlineData("1e400", "9e399", 1)]
    [InlineData("1.5", "1.49999999999999999999999999999999999999", 1)]
    [InlineData("1e99999999999999999999", "1e5", 1)]
    [InlineData("1e-99999999999999999999", "1e-5", -1)]
    public void Numbers_compare_by_their_digits(string a, string b, int order)
    {
        Assert.Equal(order, Compare(a, b));
        Assert.Equal(-order, Compare(b, a));
    }

    [Fact]
    public void Four_hundred_digits_throw_nothing()
    {
        var digits = "1" + new string('0', 399);
        Assert.Equal(1, Compare(digits + "1", digits + "0"));
        Assert.Equal(0, Compare(digits, "1e399"));
    }

    [Fact]
    public void The_order_is_that_of_decimals() =>
        Gen.Select(Gen.Decimal, Gen.Decimal)
            .Sample(
                (a, b) =>
                    Assert.Equal(
                        Math.Sign(a.CompareTo(b)),
                        Compare(a.ToString(CultureInfo.InvariantCulture), b.ToString(CultureInfo.InvariantCulture))
                    )
            );

    [Fact]
    public void The_order_is_that_of_whole_numbers_times_powers_of_ten() =>
        Gen.Select(Gen.Long[-5000, 5000], Gen.Int[0, 6], Gen.Long[-5000, 5000], Gen.Int[0, 6])
            .Sample(
                (a, i, b, j) =>
                    Assert.Equal(
                        (a * BigInteger.Pow(10, i)).CompareTo(b * BigInteger.Pow(10, j)),
                        Compare($"{a}e{i}", $"{b}e{j}")
                    )
            );

    private static int Compare(string a, string b) =>
        Math.Sign(ExactNumber.Parse(Encoding.UTF8.GetBytes(a)).CompareTo(ExactNumber.Parse(Encoding.UTF8.GetBytes(b))));
}
