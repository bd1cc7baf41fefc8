using GemmaSharp.Kernels.Threading;
using GemmaSharp.Model;
using GemmaSharp.Model.Audio;
using GemmaSharp.Model.Config;
using GemmaSharp.Model.Multimodal;
using GemmaSharp.Model.Vision;
using GemmaSharp.Weights;

namespace GemmaSharp.Tests.Model.Multimodal;

/// <summary>Encodings that let others compute on their threads between two steps.</summary>
public sealed class EncodersTests : IDisposable
{
    private const int Threads = 2;
    private readonly IWeightSource _source = WeightFiles.Open(Fixture.Path("TinyMm"));
    private readonly ThreadTeam _team = new(Threads);
    private readonly ComputeTurns _turns = new(TimeSpan.Zero);
    private readonly Encoders _encoders;
    private readonly ImageEncoder _images;
    private readonly AudioEncoder _audio;
    private readonly byte[] _picture = new byte[256 * 256 * 3];
    private readonly float[] _clip = new float[16000];

    public EncodersTests()
    {
        string folder = Fixture.Path("TinyMm");
        Gemma3nConfig config = ConfigJson.Read(Path.Combine(folder, "config.json"));
        ProcessorConfig processor = ProcessorConfig.ReadFolder(folder);
        CheckpointNames names = CheckpointNames.Find(new WeightScope(_source));
        _images = ImageEncoder.Load(names, config.Vision!, config, processor, EncoderPolicy.Lazy, _team);
        _audio = AudioEncoder.Load(names, config.Audio!, config, processor, EncoderPolicy.Lazy, _team);
        _encoders = new Encoders(_images, _audio, _turns, _team, Threads);
        new Random(3).NextBytes(_picture);
        for (int at = 0; at < _clip.Length; at++)
        {
            _clip[at] = MathF.Sin(at * 0.05f);
        }
    }

    [Fact]
    public void Encode_OthersComputeInBetween_SameBits()
    {
        float[] picture = EncodeImage(null), sound = EncodeAudio(null), otherPicture = [], otherSound = [];

        float[] pictureBeside = EncodeImage(WhenItBegins(() => otherSound = _audio.Forward(_clip, null)));
        float[] soundBeside = EncodeAudio(WhenItBegins(() => otherPicture = _images.Forward(_picture, 256, 256, null)));

        // They were done before the encoding went on.
        Assert.Equal(sound, otherSound);
        Assert.Equal(picture, otherPicture);
        Assert.Equal(picture, pictureBeside);
        Assert.Equal(sound, soundBeside);
        Assert.Equal(Threads, _team.Count);
    }

    [Fact]
    public void Encode_DisposedInBetween_Ends()
    {
        Assert.Throws<ObjectDisposedException>(() => EncodeImage(WhenItBegins(_encoders.Dispose)));
        Assert.Throws<ObjectDisposedException>(() => EncodeAudio(null));
        Assert.Equal(-1, _turns.Waiting); // nobody has the turn
    }

    public void Dispose()
    {
        _encoders.Dispose();
        _team.Dispose();
        _source.Dispose();
    }

    private float[] EncodeImage(TensorTap? tap) => _encoders.EncodeImage(_picture, 256, 256, tap);

    private float[] EncodeAudio(TensorTap? tap) => _encoders.EncodeAudio(_clip, tap);

    // Another thread waits for its turn from the first activations on.
    private TensorTap WhenItBegins(Action work)
    {
        bool begun = false;
        return (_, _, _) =>
        {
            if (begun)
            {
                return;
            }

            begun = true;
            new Thread(() =>
            {
                _turns.Enter();
                _team.Use(1);
                work();
                _turns.Leave();
            }).Start();
            SpinWait.SpinUntil(() => _turns.Waiting > 0);
        };
    }
}
