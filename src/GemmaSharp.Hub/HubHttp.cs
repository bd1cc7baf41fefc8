using System.Net;
using System.Net.Http.Headers;

namespace GemmaSharp.Hub;

/// <summary>Requests to the hub: redirects followed by hand so that the token stays with its host, waits and retries, errors as one line.</summary>
internal sealed class HubHttp : IDisposable
{
    private const int MaxRedirects = 8;
    private const int MaxTries = 5;
    private const int MaxMessage = 300;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);
    private readonly HttpClient _http;
    private readonly HubSettings _settings;

    public HubHttp(HubSettings settings)
    {
        _settings = settings;
        SocketsHttpHandler handler = new() { AllowAutoRedirect = false, AutomaticDecompression = DecompressionMethods.None, ConnectTimeout = TimeSpan.FromSeconds(15) };
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("gemmasharp", "0.1"));
    }

    /// <summary>Time to the next try where the hub names none; the first of a doubling row.</summary>
    public TimeSpan FirstWait { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Sends a request and answers with a success; the caller disposes of it.</summary>
    /// <param name="method">GET or HEAD.</param>
    /// <param name="address">Where to.</param>
    /// <param name="what">What is asked for, for messages.</param>
    /// <param name="from">First byte wanted; 0 asks for all.</param>
    /// <param name="stayOnHost">A redirect to another host is the answer and is not followed.</param>
    /// <param name="cancel">Ends the waiting.</param>
    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, Uri address, string what, long from, bool stayOnHost, CancellationToken cancel)
    {
        for (int attempt = 1; ; attempt++)
        {
            HttpResponseMessage? answer = null;
            try
            {
                answer = await FollowAsync(method, address, from, stayOnHost, cancel).ConfigureAwait(false);
                if (answer.IsSuccessStatusCode || IsRedirect(answer.StatusCode))
                {
                    return answer;
                }

                if (!IsPassing(answer.StatusCode) || attempt == MaxTries)
                {
                    throw Failure(answer, what);
                }
            }
            catch (HttpRequestException error) when (attempt == MaxTries || error.HttpRequestError is HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError)
            {
                throw new HubException($"{what}: {_settings.Endpoint.Host} cannot be reached: {error.Message}", error) { IsUnreachable = true };
            }
            catch (HttpRequestException)
            {
                // A passing fault of the line: the next try follows below.
            }

            TimeSpan wait = answer?.Headers.RetryAfter?.Delta ?? (FirstWait * (1 << (attempt - 1)));
            answer?.Dispose();
            await Task.Delay(wait < LongestWait ? wait : LongestWait, cancel).ConfigureAwait(false);
        }
    }

    public void Dispose() => _http.Dispose();

    private static bool IsRedirect(HttpStatusCode status) => (int)status is 301 or 302 or 303 or 307 or 308;

    private static bool IsPassing(HttpStatusCode status) => (int)status is 408 or 429 or >= 500;

    private async Task<HttpResponseMessage> FollowAsync(HttpMethod method, Uri address, long from, bool stayOnHost, CancellationToken cancel)
    {
        for (int hop = 0; hop <= MaxRedirects; hop++)
        {
            using HttpRequestMessage request = new(method, address);
            request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
            if (from > 0)
            {
                request.Headers.Range = new RangeHeaderValue(from, null);
            }

            if (_settings.Token is string token && IsHub(address))
            {
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            }

            HttpResponseMessage answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel).ConfigureAwait(false);
            if (!IsRedirect(answer.StatusCode) || answer.Headers.Location is not Uri location)
            {
                return answer;
            }

            Uri next = new(address, location);
            if (address.Scheme == "https" && next.Scheme != "https")
            {
                answer.Dispose();
                throw new HubException($"{address.Host} redirects to {next.Scheme}://{next.Host}, https expected");
            }

            if (stayOnHost && !IsHub(next))
            {
                return answer;
            }

            answer.Dispose();
            address = next;
        }

        throw new HubException($"{address.Host} redirects more than {MaxRedirects} times");
    }

    private bool IsHub(Uri address) => address.Scheme == _settings.Endpoint.Scheme && address.Authority == _settings.Endpoint.Authority;

    private HubException Failure(HttpResponseMessage answer, string what)
    {
        string code = Header(answer, "X-Error-Code"), message = Header(answer, "X-Error-Message");
        string said = message.Length == 0 ? "" : $" ({(message.Length > MaxMessage ? message[..MaxMessage] : message)})";
        string token = _settings.Token is null ? "no token is set (HF_TOKEN)" : "the token in use may not read it";
        string line = (code, (int)answer.StatusCode) switch
        {
            ("GatedRepo", _) => $"{what}: the model is gated: accept its licence on {_settings.Endpoint.Host}, then set HF_TOKEN; {token}{said}",
            ("RepoNotFound", _) => $"{what}: no such repository, or a private one; {token}{said}",
            ("RevisionNotFound", _) => $"{what}: no such revision{said}",
            ("EntryNotFound", _) => $"{what}: no such file{said}",
            (_, 401) => $"{what}: not authorised, or no such repository; {token}{said}",
            (_, 403) => $"{what}: forbidden; {token}{said}",
            (_, 404) => $"{what}: not found{said}",
            (_, 429) => $"{what}: the hub asks to wait; try again later{said}",
            (_, int status) => $"{what}: the hub answered {status}{said}",
        };
        return new HubException(line);
    }

    private static string Header(HttpResponseMessage answer, string name) =>
        answer.Headers.TryGetValues(name, out IEnumerable<string>? values) ? string.Join(" ", values).ReplaceLineEndings(" ") : "";
}
