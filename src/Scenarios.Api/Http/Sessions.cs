using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Scenarios.Storage.Accounts;

namespace Scenarios.Api.Http;

/// <summary>
/// Sessions of the console: a cookie that names a token's id and an end, signed with the key that all nodes share. So no node
/// keeps anything, the token itself is kept nowhere, and a session ends with its token.
/// </summary>
internal sealed class Sessions(SigningKey key, TokenCache tokens, TimeProvider time)
{
    public static readonly TimeSpan Length = TimeSpan.FromHours(12);

    /// <summary>A page of another site cannot send it without permission, and none has it.</summary>
    private const string ProofHeader = "X-Scenarios-Console";

    private const string Cookie = "scenarios-session";

    public static string? CookieOf(HttpRequest request) => request.Cookies.TryGetValue(Cookie, out var value) ? value : null;

    /// <summary>A read, or a write that comes from our own pages.</summary>
    public static bool IsOwn(HttpRequest request) =>
        HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || request.Headers.ContainsKey(ProofHeader);

    public async Task<DateTimeOffset> BeginAsync(HttpContext context, Caller caller)
    {
        var until = DateTimeOffset.FromUnixTimeSeconds((time.GetUtcNow() + Length).ToUnixTimeSeconds());
        var head = string.Create(CultureInfo.InvariantCulture, $"{caller.TokenId}.{until.ToUnixTimeSeconds()}");
        context.Response.Cookies.Append(Cookie, $"{head}.{await SignAsync(head)}", Settings(context, until));
        return until;
    }

    public static void End(HttpContext context) => context.Response.Cookies.Delete(Cookie, Settings(context, null));

    /// <summary>Null when the cookie is none of ours, is over, or its token is gone.</summary>
    public async Task<Caller?> FindAsync(string cookie)
    {
        if (
            cookie.Split('.') is not [var id, var until, var signature]
            || !long.TryParse(until, NumberStyles.None, CultureInfo.InvariantCulture, out var end)
            || end <= time.GetUtcNow().ToUnixTimeSeconds()
        )
            return null;
        var expected = await SignAsync($"{id}.{until}");
        if (!CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(expected), Encoding.UTF8.GetBytes(signature)))
            return null;
        return await tokens.FindByIdAsync(id);
    }

    private async Task<string> SignAsync(string head) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(await key.ReadAsync(), Encoding.UTF8.GetBytes("session:" + head)));

    private static CookieOptions Settings(HttpContext context, DateTimeOffset? until) =>
        new()
        {
            HttpOnly = true,
            SameSite = SameSiteMode.Strict,
            Secure = context.Request.IsHttps,
            Path = "/",
            Expires = until,
        };
}
