using System.Text.Json.Nodes;

namespace GemmaSharp.Tests.Model.Audio;

/// <summary>An audio tower of random shape, and the same tower in double precision straight from its description (audio.md 4 and 5).</summary>
internal sealed class AudioReference
{
    private const double BlockEpsilon = 1e-6;
    private readonly MemoryWeights _weights;
    private readonly int _bins, _heads, _headDim, _layers, _left, _right, _kernel, _reduction;
    private readonly double _cap, _clip, _residual, _epsilon, _groupEpsilon;
    private readonly int[] _channels;
    private readonly (int Time, int Frequency)[] _kernels, _strides;

    public AudioReference(Random random, MemoryWeights weights)
    {
        _weights = weights;
        _bins = random.Next(6, 40);
        _heads = random.Next(1, 5);
        _headDim = 2 * random.Next(1, 8);
        _layers = random.Next(1, 4);
        _left = random.Next(1, 8);
        _right = random.Next(0, 4);
        _kernel = random.Next(1, 7);
        _reduction = random.Next(1, 6);
        _cap = random.Next(2) == 0 ? 50 : 2.5;
        _clip = random.Next(2) == 0 ? 1e10 : 1.25;
        _residual = random.Next(2) == 0 ? 0.5 : 0.8;
        _epsilon = random.Next(2) == 0 ? 1e-6 : 1e-3;
        _groupEpsilon = random.Next(2) == 0 ? 1e-3 : 1e-2;
        _channels = [random.Next(1, 9), random.Next(1, 9)];
        _kernels = [(random.Next(1, 5), random.Next(1, 4)), (random.Next(1, 5), random.Next(1, 4))];
        _strides = [(random.Next(1, 4), random.Next(1, 3)), (random.Next(1, 4), random.Next(1, 3))];
        Fill(new RandomWeights(random, _weights));
    }

    public int Bins => _bins;

    private int Hidden => _heads * _headDim;

    public string ToJson() => new JsonObject
    {
        ["input_feat_size"] = _bins,
        ["hidden_size"] = Hidden,
        ["rms_norm_eps"] = _epsilon,
        ["gradient_clipping"] = _clip,
        ["conf_attention_context_left"] = _left,
        ["conf_attention_context_right"] = _right,
        ["conf_attention_logit_cap"] = _cap,
        ["conf_num_attention_heads"] = _heads,
        ["conf_num_hidden_layers"] = _layers,
        ["conf_conv_kernel_size"] = _kernel,
        ["conf_reduction_factor"] = _reduction,
        ["conf_residual_weight"] = _residual,
        ["sscp_conv_channel_size"] = new JsonArray(_channels[0], _channels[1]),
        ["sscp_conv_group_norm_eps"] = _groupEpsilon,
        ["sscp_conv_kernel_size"] = Pairs(_kernels),
        ["sscp_conv_stride_size"] = Pairs(_strides),
    }.ToJsonString();

    /// <summary>Frames [time][bins] to rows [rows][hidden].</summary>
    public double[][] Forward(double[][] frames)
    {
        double[][][] maps = [frames]; // [channels][time][frequency]
        for (int stage = 0; stage < 2; stage++)
        {
            maps = Subsample(maps, stage);
        }

        double[][] x = [.. Enumerable.Range(0, maps[0].Length).Select(time => Linear(
            "subsample_conv_projection.input_proj_linear.weight",
            [.. Enumerable.Range(0, maps[0][0].Length).SelectMany(frequency => maps.Select(map => map[time][frequency]))]))];
        for (int block = 0; block < _layers; block++)
        {
            x = Block(x, $"conformer.{block}");
        }

        return [.. x.Where((_, row) => row % _reduction == 0)];
    }

    private double[][][] Subsample(double[][][] x, int stage)
    {
        string at = $"subsample_conv_projection.conv_{stage}";
        (int kt, int kf) = _kernels[stage];
        (int st, int sf) = _strides[stage];
        int time = x[0].Length, frequency = x[0][0].Length;
        int newTime = ((time - 1) / st) + 1, newFrequency = ((frequency + 2 - kf) / sf) + 1, channels = _channels[stage];
        double[] kernel = _weights.Doubles($"{at}.conv.weight"), weight = _weights.Doubles($"{at}.norm.weight");
        double[][][] y = [.. Enumerable.Range(0, channels).Select(_ => Enumerable.Range(0, newTime).Select(_ => new double[newFrequency]).ToArray())];
        for (int c = 0; c < channels; c++)
        {
            for (int t = 0; t < newTime; t++)
            {
                for (int f = 0; f < newFrequency; f++)
                {
                    for (int place = 0; place < x.Length * kt * kf; place++)
                    {
                        int input = place / (kt * kf), row = (t * st) + (place / kf % kt), bin = (f * sf) + (place % kf) - 1;
                        y[c][t][f] += row < time && bin >= 0 && bin < frequency ? kernel[(c * x.Length * kt * kf) + place] * x[input][row][bin] : 0;
                    }
                }
            }
        }

        double sum = 0, squares = 0;
        for (int t = 0; t < newTime; t++)
        {
            double count = (t + 1.0) * newFrequency * channels;
            sum += y.Sum(map => map[t].Sum());
            double mean = sum / count;
            squares += y.Sum(map => map[t].Sum(value => (value - mean) * (value - mean)));
            for (int c = 0; c < channels; c++)
            {
                y[c][t] = Array.ConvertAll(y[c][t], value => Math.Max(0, (value - mean) / Math.Sqrt((squares / count) + _groupEpsilon) * weight[c]));
            }
        }

        return y;
    }

    private double[][] Block(double[][] x, string at)
    {
        x = FeedForward(x, $"{at}.ffw_layer_start");
        double[][] attended = Attention([.. x.Select(row => Rms(Clip(row), $"{at}.attention.pre_attn_norm.weight", BlockEpsilon))], $"{at}.attention");
        x = [.. x.Select((row, t) => Add(row, Rms(Clip(Linear($"{at}.attention.post.weight", attended[t])), $"{at}.attention.post_norm.weight", BlockEpsilon), 1))];
        x = LightConv(x, $"{at}.lconv1d");
        x = FeedForward(x, $"{at}.ffw_layer_end");
        return [.. x.Select(row => Rms(Clip(row), $"{at}.norm.weight", BlockEpsilon))];
    }

    private double[][] FeedForward(double[][] x, string at) => [.. x.Select(row =>
    {
        double[] h = Linear($"{at}.ffw_layer_1.weight", Rms(Clip(row), $"{at}.pre_layer_norm.weight", BlockEpsilon));
        h = Linear($"{at}.ffw_layer_2.weight", Array.ConvertAll(h, Silu));
        return Add(row, Rms(Clip(h), $"{at}.post_layer_norm.weight", BlockEpsilon), _residual);
    })];

    private double[][] Attention(double[][] h, string at)
    {
        double[] scale = Array.ConvertAll(_weights.Doubles($"{at}.attn.per_dim_scale"), value => Math.Pow(_headDim, -0.5) / Math.Log(2) * Math.Log(1 + Math.Exp(value)));
        double[][] q = [.. h.Select(row => Linear($"{at}.attn.q_proj.weight", row).Select((value, i) => value * scale[i % _headDim]).ToArray())];
        double[][] k = [.. h.Select(row => Linear($"{at}.attn.k_proj.weight", row))], v = [.. h.Select(row => Linear($"{at}.attn.v_proj.weight", row))];
        return [.. h.Select((_, t) =>
        {
            int first = Math.Max(0, t - (_left - 1)), last = Math.Min(h.Length - 1, t + _right);
            double[] output = new double[Hidden];
            for (int head = 0; head < _heads; head++)
            {
                int from = head * _headDim, to = from + _headDim;
                double[] shares = [.. Enumerable.Range(first, last - first + 1).Select(s =>
                {
                    double[] r = Linear($"{at}.attn.relative_position_embedding.pos_proj.weight", Waves(t - s));
                    double score = Enumerable.Range(from, _headDim).Sum(i => q[t][i] * (k[s][i] + r[i]));
                    return Math.Exp(_cap * Math.Tanh(score / _cap));
                })];
                double sum = shares.Sum();
                for (int i = from; i < to; i++)
                {
                    output[i] = shares.Select((share, s) => share / sum * v[first + s][i]).Sum();
                }
            }

            return output;
        })];
    }

    private double[] Waves(int distance)
    {
        int half = Hidden / 2;
        double[] waves = new double[Hidden];
        for (int j = 0; j < half; j++)
        {
            double angle = distance * Math.Exp(-j * Math.Log(10000) / Math.Max(half - 1, 1));
            (waves[j], waves[half + j]) = (Math.Sin(angle), Math.Cos(angle));
        }

        return waves;
    }

    private double[][] LightConv(double[][] x, string at)
    {
        double[] kernel = _weights.Doubles($"{at}.depthwise_conv1d.weight");
        double[][] gated = [.. x.Select(row =>
        {
            double[] wide = Linear($"{at}.linear_start.weight", Rms(row, $"{at}.pre_layer_norm.weight", _epsilon));
            return wide[..Hidden].Select((value, i) => value / (1 + Math.Exp(-wide[Hidden + i]))).ToArray();
        })];
        return [.. x.Select((row, t) =>
        {
            double[] z = new double[Hidden];
            for (int j = 0; j < _kernel; j++)
            {
                int source = t - _kernel + 1 + j;
                z = source < 0 ? z : [.. z.Select((value, d) => value + (kernel[(d * _kernel) + j] * gated[source][d]))];
            }

            z = Array.ConvertAll(Rms(Clip(z), $"{at}.conv_norm.weight", _epsilon), Silu);
            return Add(row, Linear($"{at}.linear_end.weight", z), 1);
        })];
    }

    private double[] Rms(double[] x, string name, double epsilon)
    {
        double[] weight = _weights.Doubles(name);
        double scale = 1 / Math.Sqrt(x.Average(value => value * value) + epsilon);
        return [.. x.Select((value, i) => value * scale * weight[i])];
    }

    private double[] Linear(string name, double[] x)
    {
        double[] matrix = _weights.Doubles(name);
        return [.. Enumerable.Range(0, matrix.Length / x.Length).Select(o => x.Select((value, i) => value * matrix[(o * x.Length) + i]).Sum())];
    }

    private double[] Clip(double[] x) => Array.ConvertAll(x, value => Math.Clamp(value, -_clip, _clip));

    private static double[] Add(double[] x, double[] y, double factor) => [.. x.Select((value, i) => value + (factor * y[i]))];

    private static double Silu(double x) => x / (1 + Math.Exp(-x));

    private static JsonArray Pairs((int Time, int Frequency)[] pairs) => [.. pairs.Select(pair => new JsonArray(pair.Time, pair.Frequency))];

    private void Fill(RandomWeights random)
    {
        int inputs = 1, frequency = _bins;
        for (int stage = 0; stage < 2; stage++)
        {
            string front = $"subsample_conv_projection.conv_{stage}";
            random.Matrix($"{front}.conv.weight", _channels[stage], inputs, _kernels[stage].Time, _kernels[stage].Frequency);
            random.Norm($"{front}.norm.weight", _channels[stage]);
            inputs = _channels[stage];
            frequency = ((frequency + 2 - _kernels[stage].Frequency) / _strides[stage].Frequency) + 1;
        }

        random.Matrix("subsample_conv_projection.input_proj_linear.weight", Hidden, frequency * inputs);
        for (int block = 0; block < _layers; block++)
        {
            string at = $"conformer.{block}";
            foreach (string norm in (string[])["ffw_layer_start.pre_layer_norm", "ffw_layer_start.post_layer_norm", "ffw_layer_end.pre_layer_norm", "ffw_layer_end.post_layer_norm", "attention.pre_attn_norm", "attention.post_norm", "lconv1d.pre_layer_norm", "lconv1d.conv_norm", "norm"])
            {
                random.Norm($"{at}.{norm}.weight", Hidden);
            }

            foreach (string square in (string[])["attn.q_proj", "attn.k_proj", "attn.v_proj", "attn.relative_position_embedding.pos_proj", "post"])
            {
                random.Matrix($"{at}.attention.{square}.weight", Hidden, Hidden);
            }

            random.Vector($"{at}.attention.attn.per_dim_scale", _headDim, 1);
            random.Matrix($"{at}.ffw_layer_start.ffw_layer_1.weight", 4 * Hidden, Hidden);
            random.Matrix($"{at}.ffw_layer_start.ffw_layer_2.weight", Hidden, 4 * Hidden);
            random.Matrix($"{at}.ffw_layer_end.ffw_layer_1.weight", 4 * Hidden, Hidden);
            random.Matrix($"{at}.ffw_layer_end.ffw_layer_2.weight", Hidden, 4 * Hidden);
            random.Matrix($"{at}.lconv1d.linear_start.weight", 2 * Hidden, Hidden);
            random.Matrix($"{at}.lconv1d.depthwise_conv1d.weight", Hidden, 1, _kernel);
            random.Matrix($"{at}.lconv1d.linear_end.weight", Hidden, Hidden);
        }
    }
}
