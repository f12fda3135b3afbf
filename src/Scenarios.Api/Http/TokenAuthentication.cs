using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Scenarios.Api.Http;

/// <summary><c>Authorization: Bearer TOKEN</c> → <see cref="Caller"/>. Unknown, revoked and malformed tokens answer alike.</summary>
internal sealed class TokenAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, TokenCache tokens, FailedTokens failed)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "Bearer";

    private bool _tooMany;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization;
        if (header.Count != 1 || header[0] is not { } text || !text.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)) return AuthenticateResult.NoResult();
        var (token, address) = (text["Bearer ".Length..].Trim(), Context.Connection.RemoteIpAddress);
        if (!failed.MayTry(address) && !tokens.Knows(token))
        {
            _tooMany = true;
            return AuthenticateResult.Fail("too many failures");
        }
        if (await tokens.FindAsync(token) is not { } caller)
        {
            failed.Note(address);
            return AuthenticateResult.Fail("unknown token");
        }

        Context.Features.Set(caller);
        var identity = new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, caller.TokenId)], SchemeName);
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), SchemeName));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        if (_tooMany)
            return ProblemAnswer.WriteAsync(Context, StatusCodes.Status429TooManyRequests, "tooManyFailures", "Too many unknown tokens came from this address.", retryAfter: TimeSpan.FromSeconds(1));
        Response.Headers.WWWAuthenticate = "Bearer";
        return ProblemAnswer.WriteAsync(Context, StatusCodes.Status401Unauthorized, "unauthenticated", "A valid token is needed: Authorization: Bearer TOKEN.");
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        ProblemAnswer.WriteAsync(Context, StatusCodes.Status403Forbidden, "forbidden", "This token's role does not allow it.");
}
