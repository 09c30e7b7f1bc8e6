"""Do friends' decisions move one's own? Rice insurance in rural Jiangxi, with a randomised push.

Cai, de Janvry and Sadoulet (2015): in the first round some villages were sold insurance with
"buy" as the default, others with "do not buy". That moved the share of friends who bought, which
may move take-up in the second round. Needs the package causaldata.
"""

from __future__ import annotations

import causaldata
import polars as pl

import livelihoods as lv
from livelihoods import cooperatives as co

CONTROLS = "male + age + agpop + ricearea_2010 + literacy + intensive + risk_averse"


def main() -> None:
    raw = causaldata.social_insure.load_pandas().data
    farms = pl.DataFrame({name: raw[name].to_numpy() for name in raw.columns})
    village = {"cluster": "address"}
    formula = f"takeup_survey ~ {CONTROLS} | pre_takeup_rate ~ default"
    linear = lv.ols(f"takeup_survey ~ pre_takeup_rate + {CONTROLS}", farms, village)
    pushed = lv.iv(formula, farms, village)
    print(lv.regression_table([linear, pushed], keep=["pre_takeup_rate"]))
    print(pushed.tests_table())
    print(lv.plausibly_exogenous(formula, farms, (0.0, 0.05), vcov=village))
    model = lv.fit(f"takeup_survey ~ default + {CONTROLS}", farms, "logit", village)
    print(model.beside_table())
    take_up = co.insurance_take_up(
        farms,
        "takeup_survey",
        literacy=["literacy"],
        peers="pre_takeup_rate",
        peer_instrument="default",
        assigned=["intensive"],
        controls=["male", "age", "agpop", "ricearea_2010", "risk_averse"],
        vcov=village,
    )
    print(take_up)


if __name__ == "__main__":
    main()
