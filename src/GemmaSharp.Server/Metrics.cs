using System.Globalization;
using System.Text;
using GemmaSharp.Generation;
using GemmaSharp.Server.Answers;
using GemmaSharp.Server.Scheduling;
using static GemmaSharp.Server.Http.PrometheusText;

namespace GemmaSharp.Server;

/// <summary>What the server did, in Prometheus' text form. Labels are routes and statuses, so that their number is bounded.</summary>
internal sealed class Metrics
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<(string Route, int Status), long> _requests = [];
    private readonly Histogram _firstToken = new(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60);
    private readonly Histogram _between = new(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1);
    private long _prompt;
    private long _cached;
    private long _completion;

    /// <summary>Counts a request.</summary>
    public void SeeRequest(string route, int status)
    {
        lock (_gate)
        {
            _requests[(route, status)] = _requests.GetValueOrDefault((route, status)) + 1;
        }
    }

    /// <summary>Times a token.</summary>
    /// <param name="first">Whether it is an answer's first.</param>
    /// <param name="seconds">Since the request came, or since the token before.</param>
    public void SeeToken(bool first, double seconds)
    {
        lock (_gate)
        {
            (first ? _firstToken : _between).Add(seconds);
        }
    }

    /// <summary>Counts an answer's tokens.</summary>
    public void SeeAnswer(Usage usage)
    {
        lock (_gate)
        {
            _prompt += usage.PromptTokens;
            _cached += usage.CachedTokens;
            _completion += usage.CompletionTokens;
        }
    }

    /// <summary>All of it, and what the scheduler says.</summary>
    public string Write(Scheduler scheduler, ServedModel model)
    {
        StringBuilder text = new();
        lock (_gate)
        {
            Head(text, "gemmasharp_requests_total", "counter", "Requests by route and status.");
            foreach (((string route, int status), long count) in _requests)
            {
                text.Append(CultureInfo.InvariantCulture, $"gemmasharp_requests_total{{route=\"{route}\",status=\"{status}\"}} {count}\n");
            }

            One(text, "gemmasharp_prompt_tokens_total", "counter", "Tokens of prompts.", _prompt);
            One(text, "gemmasharp_cached_tokens_total", "counter", "Tokens of prompts that a cache held.", _cached);
            One(text, "gemmasharp_completion_tokens_total", "counter", "Tokens of answers.", _completion);
            _firstToken.Write(text, "gemmasharp_time_to_first_token_seconds", "From the request to its first token.");
            _between.Write(text, "gemmasharp_time_between_tokens_seconds", "From token to token.");
        }

        One(text, "gemmasharp_requests_running", "gauge", "Requests that are computed.", scheduler.Running);
        One(text, "gemmasharp_requests_waiting", "gauge", "Requests in the queue.", scheduler.Waiting);
        One(text, "gemmasharp_cache_bytes", "gauge", "Keys and values kept for prompts that begin alike.", model.PrefixBytes);
        One(text, "gemmasharp_key_value_bytes", "gauge", "All keys and values, those of running answers included.", model.KeyValueBytes);
        One(text, "gemmasharp_memory_bytes", "gauge", "Memory of the process.", Environment.WorkingSet);
        One(text, "gemmasharp_memory_peak_bytes", "gauge", "Most memory of the process.", AnswerCounts.PeakBytes);
        PassCounts passes = model.Passes;
        One(text, "gemmasharp_passes_total", "counter", "Passes of the model for answers.", passes.Passes);
        One(text, "gemmasharp_pass_sequences_total", "counter", "Answers that passes computed for, each counted in every pass: by passes, the mean batch.", passes.Sequences);
        One(text, "gemmasharp_pass_tokens_total", "counter", "Tokens that passes computed.", passes.Tokens);
        One(text, "gemmasharp_ready", "gauge", "Whether the model is loaded and has produced a token.", model.IsReady ? 1 : 0);
        One(text, "gemmasharp_model_loaded", "gauge", "Whether the model is in memory.", model.State == "loaded" ? 1 : 0);
        return text.ToString();
    }

    private sealed class Histogram(params double[] bounds)
    {
        private readonly long[] _counts = new long[bounds.Length];
        private long _count;
        private double _sum;

        public void Add(double seconds)
        {
            _count++;
            _sum += seconds;
            for (int at = 0; at < bounds.Length; at++)
            {
                _counts[at] += seconds <= bounds[at] ? 1 : 0;
            }
        }

        public void Write(StringBuilder text, string name, string help)
        {
            Head(text, name, "histogram", help);
            for (int at = 0; at < bounds.Length; at++)
            {
                text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{le=\"{bounds[at]}\"}} {_counts[at]}\n");
            }

            text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{le=\"+Inf\"}} {_count}\n{name}_sum {_sum}\n{name}_count {_count}\n");
        }
    }
}
