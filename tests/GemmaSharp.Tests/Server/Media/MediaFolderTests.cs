using GemmaSharp.Server;
using GemmaSharp.Server.Http;
using GemmaSharp.Server.Media;

namespace GemmaSharp.Tests.Server.Media;

/// <summary>Files below one folder, and every way out of it that must not work.</summary>
public sealed class MediaFolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gemmasharp-").FullName;
    private readonly MediaFolder _media;

    public MediaFolderTests()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "media", "in side"));
        File.WriteAllText(Path.Combine(_folder, "media", "in side", "a.png"), "inside");
        File.WriteAllText(Path.Combine(_folder, "secret"), "outside");
        File.CreateSymbolicLink(Path.Combine(_folder, "media", "link"), Path.Combine(_folder, "secret"));
        Directory.CreateSymbolicLink(Path.Combine(_folder, "media", "up"), _folder);
        Directory.CreateDirectory(Path.Combine(_folder, "media-other"));
        File.WriteAllText(Path.Combine(_folder, "media-other", "a.png"), "outside");
        _media = new MediaFolder(Path.Combine(_folder, "media"), new ServerLimits { PartBytes = 10 });
    }

    [Fact]
    public async Task Read_FileBelow_GivesItsBytes() =>
        Assert.Equal("inside"u8.ToArray(), await _media.ReadAsync(new Uri($"file://{_folder}/media/in%20side/a.png"), "part", CancellationToken.None));

    [Theory]
    [InlineData("media/../secret")]
    [InlineData("media/%2e%2e/secret")]
    [InlineData("media/..%2fsecret")]
    [InlineData("secret")]
    [InlineData("media/link")]
    [InlineData("media/up/secret")]
    [InlineData("media/up/media/in side/a.png.missing")]
    [InlineData("media-other/a.png")]
    [InlineData("media/in side")]
    [InlineData("media/missing")]
    public async Task Read_AnythingElse_Refused(string path) => await RefusedAsync($"file://{_folder}/{path}");

    [Theory]
    [InlineData("file:///etc/passwd")]
    [InlineData("file:///dev/zero")]
    [InlineData("file://server/share/a.png")]
    public async Task Read_OtherPlace_Refused(string address) => await RefusedAsync(address);

    [Fact]
    public async Task Read_TooLarge_Refused()
    {
        File.WriteAllText(Path.Combine(_folder, "media", "big"), "more than ten bytes");

        ApiException error = await Assert.ThrowsAsync<ApiException>(() => _media.ReadAsync(new Uri($"file://{_folder}/media/big"), "part", CancellationToken.None));

        Assert.Equal("media_too_large", error.Code);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task RefusedAsync(string address)
    {
        ApiException error = await Assert.ThrowsAsync<ApiException>(() => _media.ReadAsync(new Uri(address), "part", CancellationToken.None));

        Assert.Equal("media_address_refused", error.Code);
        Assert.DoesNotContain(_folder, error.Message, StringComparison.Ordinal);
    }
}
