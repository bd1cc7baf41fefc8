using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using GemmaSharp.Server;

namespace GemmaSharp.Tests.Server.Http;

/// <summary>Who may ask: hosts, origins, keys, types and sizes, over raw sockets where a client would not send such a thing.</summary>
public sealed class GuardTests
{
    private const string Chat = "/v1/chat/completions";
    private const string Key = "a-key-of-the-test";

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    [InlineData("192.0.2.1")]
    public void Create_PublicAddressWithoutKey_Refused(string host)
    {
        ServedModel model = new(ServerRun.Model, () => new TaskCompletionSource<GemmaEngine>().Task);

        ArgumentException error = Assert.Throws<ArgumentException>(() => ServerApp.Create(new ServerOptions { Host = host }, model, _ => { }));

        Assert.Contains("an API key is needed", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("example.org", 421)]
    [InlineData("localhost.example.org", 421)]
    [InlineData("127.0.0.1.example.org", 421)]
    [InlineData("10.0.0.1", 421)]
    [InlineData("localhost", 200)]
    [InlineData("LOCALHOST:1", 200)]
    [InlineData("127.0.0.1", 200)]
    [InlineData("[::1]", 200)]
    [InlineData("gemma.test", 200)]
    [InlineData("bad host", 400)]
    public async Task Get_HostHeader_NamesThisServerOrIsRefused(string host, int status)
    {
        await using ServerRun server = await ServerRun.StartAsync(options => options with { AllowedHosts = ["gemma.test"] });

        string answer = await server.RawAsync($"GET /health HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");

        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Authorization", "Bearer " + Key, HttpStatusCode.OK)]
    [InlineData("Authorization", "bearer " + Key, HttpStatusCode.OK)]
    [InlineData("X-Api-Key", Key, HttpStatusCode.OK)]
    [InlineData("Authorization", "Bearer " + Key + "x", HttpStatusCode.Unauthorized)]
    [InlineData("Authorization", "Basic " + Key, HttpStatusCode.Unauthorized)]
    [InlineData("Authorization", "Bearer", HttpStatusCode.Unauthorized)]
    [InlineData("X-Other", Key, HttpStatusCode.Unauthorized)]
    public async Task Get_Key_NeededAndNeverLogged(string header, string value, HttpStatusCode status)
    {
        await using ServerRun server = await ServerRun.StartAsync(options => options with { ApiKeys = ["another", Key] });
        using HttpRequestMessage request = new(HttpMethod.Get, "/v1/models");
        request.Headers.TryAddWithoutValidation(header, value);

        using HttpResponseMessage response = await server.Client.SendAsync(request);

        Assert.Equal(status, response.StatusCode);
        Assert.DoesNotContain(Key, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(server.Log);
    }

    [Fact]
    public async Task Get_HealthWithoutKey_Answers()
    {
        await using ServerRun server = await ServerRun.StartAsync(options => options with { ApiKeys = [Key] });

        Assert.Equal(HttpStatusCode.OK, (await server.Client.GetAsync("/health")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await server.Client.GetAsync("/metrics")).StatusCode);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("application/jsonp")]
    public async Task Post_OtherContentType_Refused(string type)
    {
        await using ServerRun server = await ServerRun.StartAsync();

        using HttpResponseMessage response = await server.PostAsync(Chat, ServerRun.Chat("x").ToJsonString(), type);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
    }

    [Fact]
    public async Task Post_CompressedBody_Refused()
    {
        await using ServerRun server = await ServerRun.StartAsync();
        using ByteArrayContent content = new([0x1F, 0x8B]);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        content.Headers.ContentEncoding.Add("gzip");

        using HttpResponseMessage response = await server.Client.PostAsync(Chat, content);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
    }

    [Theory]
    [InlineData("Content-Length: 2000\r\n\r\n", 413)]
    [InlineData("Content-Length: 99999999999999999999\r\n\r\n", 400)]
    [InlineData("Content-Length: -5\r\n\r\n", 400)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n", 400)]
    public async Task Post_LengthBeyondTheLimit_RefusedBeforeItIsSent(string rest, int status)
    {
        await using ServerRun server = await ServerRun.StartAsync(options => options with { Limits = options.Limits with { BodyBytes = 1024 } });

        string answer = await server.RawAsync($"POST {Chat} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n{rest}");

        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_ChunkedBodyBeyondTheLimit_Refused()
    {
        await using ServerRun server = await ServerRun.StartAsync(options => options with { Limits = options.Limits with { BodyBytes = 1024 } });
        string chunk = $"400\r\n{new string(' ', 0x400)}\r\n";

        string answer = await server.RawAsync($"POST {Chat} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}{chunk}");

        Assert.StartsWith("HTTP/1.1 413 ", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_DeepJson_Refused()
    {
        await using ServerRun server = await ServerRun.StartAsync();

        JsonElement error = await server.RefusedAsync(Chat, $"{{\"messages\": {new string('[', 100_000)}");

        Assert.Contains("depth", error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Options_FromAnotherSite_AllowedOnlyWhenListed()
    {
        await using ServerRun server = await ServerRun.StartAsync(options => options with { CorsOrigins = ["https://example.org"] });

        using HttpResponseMessage listed = await server.Client.SendAsync(Preflight("https://example.org")), other = await server.Client.SendAsync(Preflight("https://example.com"));

        Assert.Equal("https://example.org", listed.Headers.GetValues("Access-Control-Allow-Origin").Single());
        Assert.Equal(HttpStatusCode.NoContent, listed.StatusCode);
        Assert.False(other.Headers.Contains("Access-Control-Allow-Origin"));
        using HttpRequestMessage wrong = new(HttpMethod.Get, "/nothing");
        wrong.Headers.Add("Origin", "https://example.org");
        Assert.True((await server.Client.SendAsync(wrong)).Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task Get_UnknownPathOrMethod_SaysSo()
    {
        await using ServerRun server = await ServerRun.StartAsync();

        using HttpResponseMessage unknown = await server.Client.GetAsync("/v1/nothing"), method = await server.Client.GetAsync(Chat);

        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        Assert.Contains("not_found_error", await unknown.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, method.StatusCode);
        Assert.Contains("POST expected", await method.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_OverTls_Answers()
    {
        using RSA rsa = RSA.Create(2048);
        CertificateRequest request = new("CN=localhost", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        string folder = Directory.CreateTempSubdirectory("gemmasharp-").FullName;
        string cert = Path.Combine(folder, "cert.pem"), key = Path.Combine(folder, "key.pem");
        await File.WriteAllTextAsync(cert, certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(key, rsa.ExportPkcs8PrivateKeyPem());
        await using ServerRun server = await ServerRun.StartAsync(options => options with { TlsCertificate = cert, TlsKey = key });
        using SocketsHttpHandler handler = new() { SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, shown, _, _) => shown!.GetCertHashString() == certificate.GetCertHashString() } };
        using HttpClient client = new(handler);

        using HttpResponseMessage response = await client.GetAsync(new Uri(server.Address, "/health"));

        Assert.Equal("https", server.Address.Scheme);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Directory.Delete(folder, recursive: true);
    }

    private static HttpRequestMessage Preflight(string origin)
    {
        HttpRequestMessage request = new(HttpMethod.Options, Chat);
        request.Headers.Add("Origin", origin);
        request.Headers.Add("Access-Control-Request-Method", "POST");
        return request;
    }
}
