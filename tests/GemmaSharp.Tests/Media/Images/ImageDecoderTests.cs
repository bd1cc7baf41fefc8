using System.Security.Cryptography;
using System.Text.Json;
using GemmaSharp.Media;
using GemmaSharp.Media.Images;

namespace GemmaSharp.Tests.Media.Images;

/// <summary>Decoding and resizing against Pillow: exact where the format is lossless.</summary>
public sealed class ImageDecoderTests
{
    // Skia and libjpeg-turbo agree to the README's gate for the same transform and upsampling.
    private const int LossyTolerance = 2;

    public static TheoryData<string> Good() => [.. Cases(wantsError: false)];

    public static TheoryData<string> Hostile() => [.. Cases(wantsError: true)];

    [Theory]
    [MemberData(nameof(Good))]
    public void Decode_Picture_EqualsPillow(string file)
    {
        JsonElement one = Find(file);
        RgbImage image = ImageDecoder.Decode(File.ReadAllBytes(Fixture.Path("Image", file)), file);
        Assert.Equal((one.GetProperty("width").GetInt32(), one.GetProperty("height").GetInt32()), (image.Width, image.Height));
        if (one.GetProperty("lossless").GetBoolean())
        {
            Assert.Equal(one.GetProperty("sha256").GetString(), Hash(image.Pixels));
        }
        else
        {
            using Tensors reference = Tensors.Open(Fixture.Path("Image", "decoded-lossy.safetensors"));
            byte[] expected = reference.Bytes($"{file}.rgb");
            Assert.True(expected.Zip(image.Pixels).All(pair => Math.Abs(pair.First - pair.Second) <= LossyTolerance));
            image = image with { Pixels = expected };
        }

        int side = one.GetProperty("side").GetInt32();
        Assert.Equal(one.GetProperty("resized_sha256").GetString(), Hash(Resize.Bilinear(image, side, side).Pixels));
    }

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Decode_Hostile_OneClearErrorOfItsKind(string file)
    {
        string kind = Find(file).GetProperty("error").GetString()!.Replace("_", "", StringComparison.Ordinal);

        MediaException error = Assert.Throws<MediaException>(() => ImageDecoder.Decode(File.ReadAllBytes(Fixture.Path("Image", file)), file));

        Assert.Equal(kind, error.Problem.ToString(), ignoreCase: true);
        Assert.StartsWith(file, error.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Cases(bool wantsError) => All()
        .Where(one => (one.TryGetProperty("error", out JsonElement error) && error.ValueKind == JsonValueKind.String) == wantsError)
        .Select(one => one.GetProperty("file").GetString()!);

    private static JsonElement Find(string file) => All().First(one => one.GetProperty("file").GetString() == file);

    private static JsonElement[] All() =>
        [.. JsonDocument.Parse(File.ReadAllText(Fixture.Path("Image", "cases.json"))).RootElement.GetProperty("cases").EnumerateArray()];

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
