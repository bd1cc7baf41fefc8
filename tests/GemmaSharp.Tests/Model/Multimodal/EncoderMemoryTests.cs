using GemmaSharp.Kernels.Threading;
using GemmaSharp.Model;
using GemmaSharp.Model.Config;
using GemmaSharp.Weights;

namespace GemmaSharp.Tests.Model.Multimodal;

/// <summary>When the encoders' weights are in memory, by the bytes they hold.</summary>
public sealed class EncoderMemoryTests
{
    private const int Side = 64;

    [Theory]
    [InlineData(EncoderPolicy.Lazy, false, true)]
    [InlineData(EncoderPolicy.Keep, true, true)]
    [InlineData(EncoderPolicy.Drop, false, false)]
    public void EncodeImage_Policy_HoldsBytesBeforeAndAfter(EncoderPolicy policy, bool before, bool after)
    {
        using ThreadTeam team = new(2);
        using IWeightSource source = WeightFiles.Open(Fixture.Path("TinyMm"));
        using Gemma3nModel model = Load(source, policy, team);
        Assert.Equal(before, model.EncoderBytes > 0);

        byte[] picture = new byte[Side * Side * 3];
        float[] first = model.EncodeImage(picture, Side, Side);
        long held = model.EncoderBytes;
        Assert.Equal(after, held > 0);
        Assert.Equal(first, model.EncodeImage(picture, Side, Side));
        Assert.Equal(held, model.EncoderBytes);
    }

    [Fact]
    public void EncodeAudio_Drop_HoldsNothingAfterAndGivesTheSame()
    {
        using ThreadTeam team = new(2);
        using IWeightSource source = WeightFiles.Open(Fixture.Path("TinyMm"));
        using Gemma3nModel lazy = Load(source, EncoderPolicy.Lazy, team), drop = Load(source, EncoderPolicy.Drop, team);
        float[] samples = new float[8000];
        for (int at = 0; at < samples.Length; at++)
        {
            samples[at] = MathF.Sin(at * 0.05f);
        }

        Assert.Equal(lazy.EncodeAudio(samples), drop.EncodeAudio(samples));
        Assert.True(lazy.EncoderBytes > 0);
        Assert.Equal(0, drop.EncoderBytes);
    }

    [Fact]
    public void EncodeImage_TapFails_DropHoldsNothing()
    {
        using ThreadTeam team = new(1);
        using IWeightSource source = WeightFiles.Open(Fixture.Path("TinyMm"));
        using Gemma3nModel model = Load(source, EncoderPolicy.Drop, team);

        Assert.Throws<InvalidOperationException>(() => model.EncodeImage(
            new byte[Side * Side * 3], Side, Side, (name, _, _) => _ = name == "msfa" ? throw new InvalidOperationException() : 0));
        Assert.Equal(0, model.EncoderBytes);
    }

    private static Gemma3nModel Load(IWeightSource source, EncoderPolicy policy, ThreadTeam team)
    {
        string folder = Fixture.Path("TinyMm");
        return Gemma3nModel.Load(source, ConfigJson.Read(Path.Combine(folder, "config.json")), ProcessorConfig.ReadFolder(folder), team, encoders: policy);
    }
}
