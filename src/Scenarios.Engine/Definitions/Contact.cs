using System.Text.RegularExpressions;
using Scenarios.Engine.Json;

namespace Scenarios.Engine.Definitions;

/// <summary>
/// What may be a profile's id, email and phone. Nothing is trimmed or rewritten: what passes is kept as it was sent.
/// </summary>
public static partial class Contact
{
    public const int MaxIdLength = 200,
        MaxEmailLength = 254;

    /// <summary>
    /// 1 to 200 code points, not only white space; any script, any sign but NUL; not a dot segment, which an address
    /// cannot name. Null when it is good.
    /// </summary>
    public static (string Code, string Message)? CheckId(string id) =>
        id.Length == 0 ? ("empty", "An id must have at least one character.")
        : JsonObjectReader.LengthOf(id) > MaxIdLength ? ("tooLong", $"An id may have at most {MaxIdLength} characters.")
        : string.IsNullOrWhiteSpace(id) ? ("blank", "An id must not consist of white space only.")
        : id is "." or ".." ? ("invalidId", "'.' and '..' cannot be ids: no address could name them.")
        : id.Contains('\0', StringComparison.Ordinal) ? ("unsupportedCharacter", "The character NUL is not supported.")
        : null;

    /// <summary>
    /// <c>name@host.domain</c> in ASCII, as mail servers everywhere take it: no quotes, comments, lists or line ends, which would
    /// end up in a header. International domains go as punycode.
    /// </summary>
    public static bool IsEmail(string text) => text.Length <= MaxEmailLength && EmailPattern().IsMatch(text);

    /// <summary>3 to 15 ASCII digits, with or without a plus in front (E.164).</summary>
    public static bool IsPhone(string text) => PhonePattern().IsMatch(text);

    [GeneratedRegex(
        @"^(?=[^@]{1,64}@)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
            + @"@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]\z"
    )]
    private static partial Regex EmailPattern();

    [GeneratedRegex(@"^\+?[0-9]{3,15}\z")]
    private static partial Regex PhonePattern();
}
