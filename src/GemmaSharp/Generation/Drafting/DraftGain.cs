namespace GemmaSharp.Generation.Drafting;

/// <summary>How many times as fast drafts made an answer: the time that its steps would have taken without them to the time that they took.</summary>
internal sealed class DraftGain
{
    private const double MostOfTheLeast = 2; // a pass that took longer than so many of the fastest was held up, or the first of its kind
    private readonly List<double> _singles = []; // seconds of passes for one token, no other answer in them
    private double _plain;
    private double _all;
    private int _drafted; // steps that drafted passes gave

    /// <summary>A step whose logits were there already.</summary>
    public void SeeAccepted() => _drafted++;

    /// <summary>A step's pass.</summary>
    /// <param name="isPlain">Whether no drafts were in it.</param>
    /// <param name="isShared">Whether other answers were in it.</param>
    /// <param name="pass">Its seconds.</param>
    /// <param name="step">Seconds with the drafting before it.</param>
    public void See(bool isPlain, bool isShared, double pass, double step)
    {
        _all += step;
        _plain += isPlain ? pass : 0;
        _drafted += isPlain ? 0 : 1;
        if (isPlain && !isShared)
        {
            _singles.Add(pass);
        }
    }

    /// <summary>The gain, 1 for none; null where no pass for one token tells what others would have taken.</summary>
    /// <param name="seconds">What the answer took, its steps and all that is done beside them.</param>
    public double? Times(double seconds)
    {
        if (_singles.Count == 0)
        {
            return null;
        }

        double most = MostOfTheLeast * _singles.Min(), without = _plain + (_drafted * _singles.Average(one => double.Min(one, most)));
        return (seconds + without - _all) / seconds;
    }
}
