using GemmaSharp.Model.Layers;

namespace GemmaSharp.Model.Multimodal;

/// <summary>Keeps an encoder's weights in memory as its policy says.</summary>
internal sealed class EncoderMemory
{
    private readonly IEncoderPart _tower;
    private readonly EncoderPolicy _policy;

    public EncoderMemory(IEncoderPart tower, EncoderPolicy policy)
    {
        _tower = tower;
        _policy = policy;
        if (policy == EncoderPolicy.Keep)
        {
            tower.Visit(weights => weights.Prepare());
        }
    }

    /// <summary>Bytes of weights held now.</summary>
    public long Bytes
    {
        get
        {
            long bytes = 0;
            _tower.Visit(weights => bytes += weights.Bytes);
            return bytes;
        }
    }

    /// <summary>An encoding has ended, well or not.</summary>
    public void Finish()
    {
        if (_policy == EncoderPolicy.Drop)
        {
            _tower.Visit(weights => weights.Release());
        }
    }
}
