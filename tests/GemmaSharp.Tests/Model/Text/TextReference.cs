namespace GemmaSharp.Tests.Model.Text;

/// <summary>The decoder in double precision, straight from its description (text.md 3 to 11): arrays and loops, nothing of the product.</summary>
internal sealed class TextReference(TextCase c, Func<string, double[]> weight)
{
    private readonly Dictionary<int, (double[][] Keys, double[][] Values)> _cache = [];

    /// <summary>Logits of every position, [tokens, vocab].</summary>
    public double[][] Logits(int[] ids)
    {
        _cache.Clear();
        double[][] x = [.. ids.Select(id => Scaled(Row("embed_tokens.weight", id, c.Hidden), Math.Sqrt(c.Hidden)))];
        double[][][] perLayer = [.. ids.Select((id, at) => PerLayerInputs(id, x[at]))];
        double[][][] streams = [.. x.Select(Widen)]; // [tokens][streams][hidden]
        for (int layer = 0; layer < c.Layers; layer++)
        {
            Layer(layer, streams, perLayer);
        }

        return [.. streams.Select(Head)];
    }

    private void Layer(int layer, double[][][] streams, double[][][] perLayer)
    {
        string at = $"layers.{layer}";
        double[][][] predicted = [.. streams.Select(one => Predict(at, one))];
        double[][] normed = [.. predicted.Select(one => Rms(one[c.Active], $"{at}.input_layernorm.weight"))];
        double[][] attended = Attention(layer, normed);
        for (int token = 0; token < streams.Length; token++)
        {
            double[] n = normed[token], active = predicted[token][c.Active];
            double[] laurel = Add(n, Rms(Linear($"{at}.laurel.linear_right.weight", Linear($"{at}.laurel.linear_left.weight", n)), $"{at}.laurel.post_laurel_norm.weight"));
            double[] t = Scaled(Add(Add(active, Rms(attended[token], $"{at}.post_attention_layernorm.weight")), laurel), 1 / Math.Sqrt(2));
            double[] v = Add(t, Rms(FeedForward(layer, Rms(t, $"{at}.pre_feedforward_layernorm.weight")), $"{at}.post_feedforward_layernorm.weight"));
            double[] k = Linear($"{at}.altup.correction_coefs.weight", Router(at, v));
            double[][] corrected = [.. predicted[token].Select((p, stream) => Combine(p, v, active, k[stream] + 1))];
            double[] e = corrected[c.Active];
            e = c.CorrectScale ? Times(e, Get($"{at}.altup.correct_output_scale")) : e;
            e = Times(Array.ConvertAll(Linear($"{at}.per_layer_input_gate.weight", e), Gelu), perLayer[token][layer]);
            e = Rms(Linear($"{at}.per_layer_projection.weight", e), $"{at}.post_per_layer_input_norm.weight");
            streams[token] = [.. corrected.Select((q, stream) => stream == 0 ? q : Add(q, e))];
        }
    }

    private double[][] Attention(int layer, double[][] normed)
    {
        string at = $"layers.{layer}.self_attn";
        double theta = c.Full[layer] ? c.FullTheta : c.SlidingTheta;
        int source = layer, first = c.Layers - c.Shared;
        if (layer < first)
        {
            _cache[layer] = (
                [.. normed.Select((n, position) => Heads(Linear($"{at}.k_proj.weight", n), head => Rotate(Rms(head, $"{at}.k_norm.weight"), position, theta)))],
                [.. normed.Select(n => Heads(Linear($"{at}.v_proj.weight", n), head => Rms(head, null)))]);
        }
        else
        {
            source = Enumerable.Range(0, first).Last(other => c.Full[other] == c.Full[layer]);
        }

        double[][] output = new double[normed.Length][];
        for (int position = 0; position < normed.Length; position++)
        {
            int now = position;
            double[] q = Heads(Linear($"{at}.q_proj.weight", normed[position]), head => Rotate(Rms(head, $"{at}.q_norm.weight"), now, theta));
            double[] context = new double[c.Heads * c.HeadDim];
            for (int head = 0; head < c.Heads; head++)
            {
                int group = head / (c.Heads / c.KeyValueHeads);
                int oldest = c.Full[layer] ? 0 : Math.Max(0, position - c.Window + 1);
                double[] shares = new double[position - oldest + 1];
                for (int key = oldest; key <= position; key++)
                {
                    for (int i = 0; i < c.HeadDim; i++)
                    {
                        shares[key - oldest] += q[(head * c.HeadDim) + i] * _cache[source].Keys[key][(group * c.HeadDim) + i];
                    }
                }

                double most = shares.Max(), sum = shares.Sum(score => Math.Exp(score - most));
                for (int key = oldest; key <= position; key++)
                {
                    double share = Math.Exp(shares[key - oldest] - most) / sum;
                    for (int i = 0; i < c.HeadDim; i++)
                    {
                        context[(head * c.HeadDim) + i] += share * _cache[source].Values[key][(group * c.HeadDim) + i];
                    }
                }
            }

            output[position] = Linear($"{at}.o_proj.weight", context);
        }

        return output;
    }

    private double[] FeedForward(int layer, double[] f)
    {
        string at = $"layers.{layer}.mlp";
        double[] gate = Linear($"{at}.gate_proj.weight", f), up = Linear($"{at}.up_proj.weight", f);
        if (c.Sparsity[layer] > 0)
        {
            double mean = gate.Average(), sigma = Math.Sqrt(gate.Average(g => (g - mean) * (g - mean)));
            double cutoff = mean + (Quantile(c.Sparsity[layer]) * sigma);
            gate = Array.ConvertAll(gate, g => Math.Max(0, g - cutoff));
        }

        return Linear($"{at}.down_proj.weight", Times(Array.ConvertAll(gate, Gelu), up));
    }

    private double[][] Predict(string at, double[][] h)
    {
        double[] coefficients = Linear($"{at}.altup.prediction_coefs.weight", Router(at, h[c.Active]));
        double[][] p = new double[c.Streams][];
        for (int j = 0; j < c.Streams; j++)
        {
            p[j] = h[j];
            for (int i = 0; i < c.Streams; i++)
            {
                p[j] = Add(p[j], Scaled(h[i], coefficients[(c.Streams * j) + i]));
            }
        }

        return p;
    }

    private double[] Router(string at, double[] v) =>
        Array.ConvertAll(Linear($"{at}.altup.modality_router.weight", Scaled(Rms(v, $"{at}.altup.router_norm.weight"), 1.0 / c.Hidden)), Math.Tanh);

    private double[][] PerLayerInputs(int id, double[] x)
    {
        double[] table = Scaled(Row("embed_tokens_per_layer.weight", id < c.PerLayerVocab ? id : 0, c.Layers * c.PerLayerWidth), Math.Sqrt(c.PerLayerWidth));
        double[] projected = Scaled(Linear("per_layer_model_projection.weight", x), Math.Pow(c.Hidden, -0.5));
        return [.. Enumerable.Range(0, c.Layers).Select(layer =>
        {
            int from = layer * c.PerLayerWidth, to = from + c.PerLayerWidth;
            return Scaled(Add(Rms(projected[from..to], "per_layer_projection_norm.weight"), table[from..to]), 1 / Math.Sqrt(2));
        })];
    }

    private double[][] Widen(double[] x) =>
        [x, .. Enumerable.Range(0, c.Streams - 1).Select(j => Matched(Linear($"altup_projections.{j}.weight", x), x))];

    private double[] Head(double[][] streams)
    {
        double[] sum = streams[0];
        for (int j = 1; j < c.Streams; j++)
        {
            sum = Add(sum, Matched(Linear($"altup_unembed_projections.{j - 1}.weight", streams[j]), streams[0]));
        }

        double[] normed = Rms(Scaled(sum, 1.0 / c.Streams), "norm.weight");
        double[] logits = Product(c.Tied ? Get("embed_tokens.weight") : weight($"{c.Head}.weight"), normed);
        return c.Softcap is double cap ? Array.ConvertAll(logits, logit => cap * Math.Tanh(logit / cap)) : logits;
    }

    // y brought to the magnitude of x, its own mean square floored at 1e-5
    private static double[] Matched(double[] y, double[] x) =>
        Scaled(y, Math.Sqrt(x.Average(one => one * one)) / Math.Sqrt(Math.Max(y.Average(one => one * one), 1e-5)));

    private double[] Rms(double[] x, string? name)
    {
        double[] normed = Scaled(x, 1 / Math.Sqrt(x.Average(one => one * one) + c.Epsilon));
        return name is null ? normed : Times(normed, Get(name));
    }

    private static double[] Rotate(double[] x, int position, double theta)
    {
        int half = x.Length / 2;
        double[] turned = new double[x.Length];
        for (int k = 0; k < half; k++)
        {
            double angle = position * Math.Pow(theta, -2.0 * k / x.Length);
            turned[k] = (x[k] * Math.Cos(angle)) - (x[k + half] * Math.Sin(angle));
            turned[k + half] = (x[k + half] * Math.Cos(angle)) + (x[k] * Math.Sin(angle));
        }

        return turned;
    }

    private double[] Heads(double[] x, Func<double[], double[]> each) =>
        [.. Enumerable.Range(0, x.Length / c.HeadDim).SelectMany(head => each(x[(head * c.HeadDim)..((head + 1) * c.HeadDim)]))];

    private double Gelu(double x) => c.ErfGelu
        ? x * Normal(x)
        : 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x))));

    // The normal distribution: 1/2 + density(x) (x + x^3/3 + x^5/15 + ...), all terms of one sign.
    private static double Normal(double x)
    {
        const double certain = 9;
        if (Math.Abs(x) > certain)
        {
            return x > 0 ? 1 : 0;
        }

        double term = x, sum = x;
        for (int n = 1; Math.Abs(term) > 1e-18 * Math.Abs(sum); n++)
        {
            term *= x * x / ((2 * n) + 1);
            sum += term;
        }

        return 0.5 + (sum * Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI));
    }

    private static double Quantile(double probability)
    {
        double low = -9, high = 9;
        for (int step = 0; step < 100; step++)
        {
            double middle = (low + high) / 2;
            (low, high) = Normal(middle) < probability ? (middle, high) : (low, middle);
        }

        return low;
    }

    private double[] Get(string name) => weight(c.Prefix + name);

    private double[] Row(string name, int row, int width) => Get(name)[(row * width)..((row + 1) * width)];

    private double[] Linear(string name, double[] x) => Product(Get(name), x);

    private static double[] Product(double[] matrix, double[] x)
    {
        double[] y = new double[matrix.Length / x.Length];
        for (int o = 0; o < y.Length; o++)
        {
            for (int i = 0; i < x.Length; i++)
            {
                y[o] += matrix[(o * x.Length) + i] * x[i];
            }
        }

        return y;
    }

    private static double[] Combine(double[] p, double[] v, double[] active, double k) => [.. p.Select((one, i) => one + (k * (v[i] - active[i])))];

    private static double[] Add(double[] x, double[] y) => [.. x.Select((one, i) => one + y[i])];

    private static double[] Times(double[] x, double[] y) => [.. x.Select((one, i) => one * y[i])];

    private static double[] Scaled(double[] x, double factor) => Array.ConvertAll(x, one => one * factor);
}
