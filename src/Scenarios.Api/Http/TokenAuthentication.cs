using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Scenarios.Api.Altcraft;

namespace Scenarios.Api.Http;

/// <summary>
/// <c>Authorization: Bearer TOKEN</c>, or the cookie of a session → <see cref="Caller"/>. Unknown, revoked and malformed ones
/// answer alike. A write under a cookie needs the session's header too: no page of another site can send it.
/// </summary>
internal sealed class TokenAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logger,
    UrlEncoder encoder,
    TokenCache tokens,
    Sessions sessions,
    FailedTokens failed,
    RequestLimits limits
) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "Bearer";

    private bool _tooMany;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization;
        if (header.Count == 0 && Sessions.CookieOf(Request) is { } cookie)
            return Found(
                Sessions.IsOwn(Request)
                    ? await sessions.FindAsync(cookie).WaitAsync(limits.LookUp, Context.RequestAborted)
                    : null
            );

        var token =
            header is [{ } text] && text.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)
                ? text["Bearer ".Length..].Trim()
                : null;
        if (AltcraftCall.Is(Context) && await AltcraftCall.TokenAsync(Context) is { } inBody)
        {
            if (token is not null && token != inBody)
                return AuthenticateResult.Fail("two tokens");
            token = inBody;
        }
        if (token is null)
            return AuthenticateResult.NoResult();
        var address = Context.Connection.RemoteIpAddress;
        if (!failed.MayTry(address) && !tokens.Knows(token))
        {
            _tooMany = true;
            return AuthenticateResult.Fail("too many failures");
        }
        var found = await tokens.FindAsync(token).WaitAsync(limits.LookUp, Context.RequestAborted);
        if (found is null)
            failed.Note(address);
        return Found(found);
    }

    private AuthenticateResult Found(Caller? found)
    {
        if (found is not { } caller)
            return AuthenticateResult.Fail("unknown token");

        Context.Features.Set(caller);
        var identity = new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, caller.TokenId)], SchemeName);
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), SchemeName));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        if (AltcraftCall.Is(Context))
            return AltcraftCall.RefuseAsync(Context, StatusCodes.Status401Unauthorized, "Token is required");
        if (_tooMany)
        {
            var refused = FailedTokens.TooMany();
            return ProblemAnswer.WriteAsync(
                Context,
                refused.Status,
                refused.Code,
                refused.Message,
                retryAfter: refused.RetryAfter
            );
        }
        Response.Headers.WWWAuthenticate = "Bearer";
        return ProblemAnswer.WriteAsync(
            Context,
            StatusCodes.Status401Unauthorized,
            "unauthenticated",
            "A valid token is required: Authorization: Bearer TOKEN."
        );
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        AltcraftCall.Is(Context)
            ? AltcraftCall.RefuseAsync(Context, StatusCodes.Status403Forbidden, "No access")
            : ProblemAnswer.WriteAsync(
                Context,
                StatusCodes.Status403Forbidden,
                "forbidden",
                "This token's role does not allow it."
            );
}
