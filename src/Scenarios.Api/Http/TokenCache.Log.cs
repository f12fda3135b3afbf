namespace Scenarios.Api.Http;

internal sealed partial class TokenCache
{
    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "Token {Id} is hashed with a key that this node lacks; answered 503. Start the node with that "
            + "key in SCENARIOS_SECRET_KEYS."
    )]
    private partial void LogLacksKey(string id);
}
