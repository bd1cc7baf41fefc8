namespace GemmaSharp.Tests.Model.Vision;

/// <summary>A MobileNetV5 of random arrangement, and the same tower in double precision straight from its description (vision.md 3 to 5).</summary>
internal sealed class VisionReference
{
    private const double Epsilon = 1e-6;
    private const int Side = 16;
    private readonly MemoryWeights _weights;
    private readonly Dictionary<string, double[]> _read = [];
    private readonly List<Func<Map, Map>[]> _stages = [];
    private readonly int _stemKernel;
    private readonly int _stemChannels;
    private readonly int _output;

    public VisionReference(Random random, MemoryWeights weights)
    {
        _weights = weights;
        RandomWeights fill = new(random, _weights);
        _stemKernel = random.Next(2) == 0 ? 3 : 5;
        _stemChannels = random.Next(4, 20);
        _output = random.Next(4, 40);
        fill.Matrix("conv_stem.conv.weight", _stemChannels, 3, _stemKernel, _stemKernel);
        fill.Vector("conv_stem.conv.bias", _stemChannels, 0.25f);
        fill.Norm("conv_stem.bn.weight", _stemChannels);
        int channels = _stemChannels, previous = 0;
        for (int stage = random.Next(2, 5); stage > 0; stage--)
        {
            previous = channels;
            channels = AddStage(random, fill, channels);
        }

        int middle = random.Next(4, 50);
        fill.Matrix("msfa.ffn.pw_exp.conv.weight", middle, previous + channels, 1, 1);
        fill.Norm("msfa.ffn.pw_exp.bn.weight", middle);
        fill.Matrix("msfa.ffn.pw_proj.conv.weight", _output, middle, 1, 1);
        fill.Norm("msfa.ffn.pw_proj.bn.weight", _output);
        fill.Norm("msfa.norm.weight", _output);
    }

    /// <summary>A picture [3][height][width] to [channels][16][16].</summary>
    public Map Forward(Map x)
    {
        x = Convolve(x, "conv_stem.conv.weight", _stemChannels, _stemKernel, 2, grouped: false);
        double[] bias = Get("conv_stem.conv.bias");
        x = Gelu(Norm(x.Each((value, c, _, _) => value + bias[c]), "conv_stem.bn.weight"));
        Map fine = x;
        foreach (Func<Map, Map>[] stage in _stages)
        {
            fine = x;
            foreach (Func<Map, Map> block in stage)
            {
                x = block(x);
            }
        }

        Map raised = Map.From(x.Channels, fine.Height, fine.Width, (c, y, at) => x[c, y * x.Height / fine.Height, at * x.Width / fine.Width]);
        Map joined = Map.From(fine.Channels + x.Channels, fine.Height, fine.Width, (c, y, at) => c < fine.Channels ? fine[c, y, at] : raised[c - fine.Channels, y, at]);
        Map mixed = Norm(Point(Gelu(Norm(Point(joined, "msfa.ffn.pw_exp.conv.weight"), "msfa.ffn.pw_exp.bn.weight")), "msfa.ffn.pw_proj.conv.weight"), "msfa.ffn.pw_proj.bn.weight");
        return Norm(ToSide(mixed), "msfa.norm.weight");
    }

    private static Map ToSide(Map x)
    {
        if (x.Height % Side == 0 && x.Width % Side == 0)
        {
            int tall = x.Height / Side, wide = x.Width / Side;
            return Map.From(x.Channels, Side, Side, (c, y, at) =>
                Enumerable.Range(0, tall * wide).Average(place => x[c, (y * tall) + (place / wide), (at * wide) + (place % wide)]));
        }

        return Map.From(x.Channels, Side, Side, (c, y, at) =>
        {
            (int top, int bottom, double down) = Source(y, x.Height);
            (int left, int right, double across) = Source(at, x.Width);
            return ((1 - down) * (((1 - across) * x[c, top, left]) + (across * x[c, top, right]))) + (down * (((1 - across) * x[c, bottom, left]) + (across * x[c, bottom, right])));
        });

        static (int, int, double) Source(int i, int n)
        {
            double s = Math.Max(((i + 0.5) * n / Side) - 0.5, 0);
            int low = Math.Min((int)s, n - 1);
            return (low, Math.Min(low + 1, n - 1), s - low);
        }
    }

    private int AddStage(Random random, RandomWeights fill, int channels)
    {
        List<Func<Map, Map>> blocks = [];
        for (int block = 0, count = random.Next(1, 5); block < count; block++)
        {
            string at = $"blocks.{_stages.Count}.{block}";
            int stride = block == 0 ? 2 : 1, outputs = random.Next(2) == 0 ? channels : random.Next(4, 24);
            int kind = random.Next(block == 0 ? 2 : 3);
            if (kind == 2)
            {
                blocks.Add(Attention(random, fill, at, channels));
                continue;
            }

            blocks.Add(kind == 0 ? Edge(random, fill, at, channels, outputs, stride) : Inverted(random, fill, at, channels, outputs, stride));
            channels = outputs;
        }

        _stages.Add([.. blocks]);
        return channels;
    }

    private Func<Map, Map> Edge(Random random, RandomWeights fill, string at, int inputs, int outputs, int stride)
    {
        int wide = random.Next(4, 30), kernel = (2 * random.Next(0, 3)) + 1;
        fill.Matrix($"{at}.conv_exp.weight", wide, inputs, kernel, kernel);
        fill.Norm($"{at}.bn1.weight", wide);
        fill.Matrix($"{at}.conv_pwl.weight", outputs, wide, 1, 1);
        fill.Norm($"{at}.bn2.weight", outputs);
        return x =>
        {
            Map y = Gelu(Norm(Convolve(x, $"{at}.conv_exp.weight", wide, kernel, stride, grouped: false), $"{at}.bn1.weight"));
            y = Norm(Point(y, $"{at}.conv_pwl.weight"), $"{at}.bn2.weight");
            return stride == 1 && inputs == outputs ? Add(y, x) : y;
        };
    }

    private Func<Map, Map> Inverted(Random random, RandomWeights fill, string at, int inputs, int outputs, int stride)
    {
        int wide = random.Next(4, 40), start = Kernel(), middle = Kernel();
        start = stride == 2 && start == 0 && middle == 0 ? 3 : start;
        bool scaled = random.Next(3) > 0;
        Depthwise("dw_start", inputs, start);
        fill.Matrix($"{at}.pw_exp.conv.weight", wide, inputs, 1, 1);
        fill.Norm($"{at}.pw_exp.bn.weight", wide);
        Depthwise("dw_mid", wide, middle);
        fill.Matrix($"{at}.pw_proj.conv.weight", outputs, wide, 1, 1);
        fill.Norm($"{at}.pw_proj.bn.weight", outputs);
        if (scaled)
        {
            fill.Vector($"{at}.layer_scale.gamma", outputs, 0.5f);
        }

        return x =>
        {
            Map y = start == 0 ? x : Norm(Convolve(x, $"{at}.dw_start.conv.weight", inputs, start, middle > 0 ? 1 : stride, grouped: true), $"{at}.dw_start.bn.weight");
            y = Gelu(Norm(Point(y, $"{at}.pw_exp.conv.weight"), $"{at}.pw_exp.bn.weight"));
            y = middle == 0 ? y : Gelu(Norm(Convolve(y, $"{at}.dw_mid.conv.weight", wide, middle, stride, grouped: true), $"{at}.dw_mid.bn.weight"));
            y = Norm(Point(y, $"{at}.pw_proj.conv.weight"), $"{at}.pw_proj.bn.weight");
            y = scaled ? Scale(y, at) : y;
            return stride == 1 && inputs == outputs ? Add(y, x) : y;
        };

        int Kernel() => random.Next(3) switch { 0 => 0, 1 => 3, _ => (2 * random.Next(0, 4)) + 1 };

        void Depthwise(string name, int channels, int kernel)
        {
            if (kernel > 0)
            {
                fill.Matrix($"{at}.{name}.conv.weight", channels, 1, kernel, kernel);
                fill.Norm($"{at}.{name}.bn.weight", channels);
            }
        }
    }

    private Func<Map, Map> Attention(Random random, RandomWeights fill, string at, int channels)
    {
        int heads = random.Next(1, 4), depth = random.Next(1, 12), valueDepth = random.Next(1, 12), kernel = random.Next(2) == 0 ? 3 : 5;
        bool halved = random.Next(2) == 0;
        fill.Norm($"{at}.norm.weight", channels);
        fill.Matrix($"{at}.attn.query.proj.weight", heads * depth, channels, 1, 1);
        foreach ((string source, int width) in ((string, int)[])[("key", depth), ("value", valueDepth)])
        {
            if (halved)
            {
                fill.Matrix($"{at}.attn.{source}.down_conv.weight", channels, 1, kernel, kernel);
                fill.Norm($"{at}.attn.{source}.norm.weight", channels);
            }

            fill.Matrix($"{at}.attn.{source}.proj.weight", width, channels, 1, 1);
        }

        fill.Matrix($"{at}.attn.output.proj.weight", channels, heads * valueDepth, 1, 1);
        fill.Vector($"{at}.layer_scale.gamma", channels, 0.5f);
        return x =>
        {
            Map n = Norm(x, $"{at}.norm.weight"), q = Point(n, $"{at}.attn.query.proj.weight"), k = Source("key", n), v = Source("value", n);
            int positions = k.Height * k.Width;
            Map context = new(heads * valueDepth, x.Height, x.Width);
            for (int place = 0; place < x.Height * x.Width * heads; place++)
            {
                int head = place % heads, at0 = place / heads % x.Width, y = place / heads / x.Width;
                double[] shares = [.. Enumerable.Range(0, positions).Select(other =>
                    Math.Exp(Enumerable.Range(0, depth).Sum(i => q[(head * depth) + i, y, at0] * k[i, other / k.Width, other % k.Width]) / Math.Sqrt(depth)))];
                double sum = shares.Sum();
                for (int i = 0; i < valueDepth; i++)
                {
                    context[(head * valueDepth) + i, y, at0] = shares.Select((share, other) => share / sum * v[i, other / v.Width, other % v.Width]).Sum();
                }
            }

            return Add(Scale(Point(context, $"{at}.attn.output.proj.weight"), at), x);
        };

        Map Source(string name, Map n)
        {
            n = halved ? Norm(Convolve(n, $"{at}.attn.{name}.down_conv.weight", channels, kernel, 2, grouped: true), $"{at}.attn.{name}.norm.weight") : n;
            return Point(n, $"{at}.attn.{name}.proj.weight");
        }
    }

    private Map Scale(Map x, string at)
    {
        double[] gamma = Get($"{at}.layer_scale.gamma");
        return x.Each((value, c, _, _) => value * gamma[c]);
    }

    private static Map Add(Map x, Map y) => x.Each((value, c, row, at) => value + y[c, row, at]);

    private static Map Gelu(Map x) => x.Each((value, _, _, _) => 0.5 * value * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (value + (0.044715 * value * value * value)))));

    private Map Norm(Map x, string name)
    {
        double[] weight = Get(name);
        Map scale = Map.From(1, x.Height, x.Width, (_, y, at) => 1 / Math.Sqrt(Enumerable.Range(0, x.Channels).Average(c => x[c, y, at] * x[c, y, at]) + Epsilon));
        return x.Each((value, c, y, at) => value * scale[0, y, at] * weight[c]);
    }

    private Map Point(Map x, string name) => Convolve(x, name, Get(name).Length / x.Channels, 1, 1, grouped: false);

    private Map Convolve(Map x, string name, int outputs, int kernel, int stride, bool grouped)
    {
        double[] weight = Get(name);
        int inputs = grouped ? 1 : x.Channels, top = Before(x.Height), left = Before(x.Width);
        return Map.From(outputs, ((x.Height - 1) / stride) + 1, ((x.Width - 1) / stride) + 1, (c, y, at) =>
        {
            double sum = 0;
            for (int input = 0; input < inputs; input++)
            {
                for (int place = 0; place < kernel * kernel; place++)
                {
                    int row = (y * stride) + (place / kernel) - top, column = (at * stride) + (place % kernel) - left;
                    bool inside = row >= 0 && row < x.Height && column >= 0 && column < x.Width;
                    sum += inside ? weight[(((c * inputs) + input) * kernel * kernel) + place] * x[grouped ? c : input, row, column] : 0;
                }
            }

            return sum;
        });

        int Before(int size) => Math.Max((((((size - 1) / stride) + 1) - 1) * stride) + kernel - size, 0) / 2;
    }

    private double[] Get(string name) => _read.TryGetValue(name, out double[]? values) ? values : _read[name] = _weights.Doubles(name);

    /// <summary>Values [channels][height][width].</summary>
    internal sealed class Map(int channels, int height, int width)
    {
        public double[] Values { get; } = new double[channels * height * width];

        public int Channels => channels;

        public int Height => height;

        public int Width => width;

        public double this[int c, int y, int x]
        {
            get => Values[(((c * height) + y) * width) + x];
            set => Values[(((c * height) + y) * width) + x] = value;
        }

        public static Map From(int channels, int height, int width, Func<int, int, int, double> value)
        {
            Map map = new(channels, height, width);
            for (int at = 0; at < map.Values.Length; at++)
            {
                map.Values[at] = value(at / width / height, at / width % height, at % width);
            }

            return map;
        }

        public Map Each(Func<double, int, int, int, double> value) => From(channels, height, width, (c, y, x) => value(this[c, y, x], c, y, x));
    }
}
