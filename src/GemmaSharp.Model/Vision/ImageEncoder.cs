using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;
using GemmaSharp.Model.Config;
using GemmaSharp.Model.Multimodal;
using GemmaSharp.Weights;

namespace GemmaSharp.Model.Vision;

/// <summary>Bytes of a picture to rows for the decoder.</summary>
internal sealed class ImageEncoder(VisionTower tower, EncoderMemory memory, ModalityEmbedder embedder, VisionConfig vision, ProcessorConfig processor, ThreadTeam team) : IDisposable
{
    public ModalityEmbedder Embedder => embedder;

    /// <summary>Bytes of the tower's weights held now.</summary>
    public long TowerBytes => memory.Bytes;

    public static ImageEncoder Load(CheckpointNames names, VisionConfig vision, Gemma3nConfig config, ProcessorConfig processor, EncoderPolicy policy, ThreadTeam team)
    {
        VisionTower tower = VisionTower.Load(names.VisionTower, team);
        if (config.ImageSoftTokenCount != MultiScaleFusion.Side * MultiScaleFusion.Side)
        {
            throw new InvalidDataException(
                $"vision_soft_tokens_per_image is {config.ImageSoftTokenCount}, the tower makes {MultiScaleFusion.Side * MultiScaleFusion.Side}");
        }

        if (tower.OutputChannels != vision.HiddenSize)
        {
            throw new WeightException($"vision_config.hidden_size is {vision.HiddenSize}, the image tower makes {tower.OutputChannels} channels");
        }

        ModalityEmbedder embedder = ModalityEmbedder.Load(
            names.VisionEmbedder, vision.VocabSize, vision.HiddenSize, config.Text.HiddenSize, vision.RmsNormEpsilon, team);
        return new ImageEncoder(tower, new EncoderMemory(tower, policy), embedder, vision, processor, team);
    }

    /// <summary>rgb [height, width, 3] to [image soft tokens, hidden].</summary>
    public float[] Forward(ReadOnlySpan<byte> rgb, int width, int height, TensorTap? tap, Action? pause = null)
    {
        FeatureMap picture = Prepare(rgb, width, height);
        tap?.Invoke("pixels", [picture.Channels, height, width], picture.ToPlanar());
        FeatureMap grid = Run(picture, tap, pause);
        int hiddenSize = embedder.HiddenSize;
        Matrix rows = grid.Pixels;
        float[] soft = new float[rows.RowCount * hiddenSize];
        float scale = (float)double.Sqrt(vision.HiddenSize);
        embedder.Soft(rows, new Matrix(soft, rows.RowCount, hiddenSize), scale, team);
        tap?.Invoke("soft_tokens", [rows.RowCount, hiddenSize], soft);
        return soft;
    }

    public void Dispose()
    {
        tower.Dispose();
        embedder.Dispose();
    }

    private FeatureMap Run(FeatureMap picture, TensorTap? tap, Action? pause)
    {
        try
        {
            return tower.Forward(picture, tap, pause);
        }
        finally
        {
            memory.Finish();
        }
    }

    private FeatureMap Prepare(ReadOnlySpan<byte> rgb, int width, int height)
    {
        FeatureMap picture = new(height, width, 3);
        ArgumentOutOfRangeException.ThrowIfNotEqual(rgb.Length, picture.Values.Length);
        for (int at = 0; at < rgb.Length; at++)
        {
            float value = (float)(rgb[at] * processor.RescaleFactor);
            picture.Values[at] = processor.Normalize ? (value - processor.Mean[at % 3]) / processor.Deviation[at % 3] : value;
        }

        return picture;
    }
}
