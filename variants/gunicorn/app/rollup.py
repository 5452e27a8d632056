"""The arithmetic of the usage tracker. It is imported where a scheduler is started and nowhere else, so that a worker that
skips the scheduler is also spared numpy and pandas: the reading of the guide that is kindest to its third change."""

import numpy as np
import pandas as pd

SECONDS_PER_HOUR = 3600


def roll_up(rows) -> pd.DataFrame:
    """Sums rows of (key_id, model, seconds since 1970, prompt_tokens, completion_tokens) by key, model and hour."""
    keys, models, seconds, prompts, completions = zip(*rows)
    frame = pd.DataFrame(
        {
            "key_id": np.array(keys, dtype=np.int64),
            "model": pd.Categorical(models),
            "hour": np.array(seconds, dtype=np.int64) // SECONDS_PER_HOUR,
            "prompt_tokens": np.array(prompts, dtype=np.int64),
            "completion_tokens": np.array(completions, dtype=np.int64),
        }
    )
    # observed: or a categorical key makes a row for every combination, seen or not.
    return (
        frame.groupby(["key_id", "model", "hour"], observed=True)
        .agg(
            requests=("prompt_tokens", "size"),
            prompt_tokens=("prompt_tokens", "sum"),
            completion_tokens=("completion_tokens", "sum"),
        )
        .reset_index()
    )
