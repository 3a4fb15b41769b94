/* Draw each element that carries data-chart. Colours are CSS variables, so the page's theme and
   the printer's decide them; the words come in the data, already translated. */
"use strict";

(function () {
  const INK = "var(--ink)", QUIET = "var(--quiet)", LINE = "var(--line)";
  const FONT = getComputedStyle(document.body).fontFamily;

  function decileCurve(data) {
    const percent = { formatter: "{value}%", color: QUIET, fontSize: 12 };
    return {
      animation: false,
      textStyle: { fontFamily: FONT },
      grid: { left: 48, right: 12, top: 44, bottom: 44 },
      legend: { top: 0, left: 0, itemGap: 18, textStyle: { color: INK, fontSize: 13 }, selectedMode: false },
      tooltip: {
        trigger: "axis", renderMode: "richText", confine: true, axisPointer: { type: "line", lineStyle: { color: QUIET } },
        backgroundColor: "var(--paper)", borderColor: LINE, textStyle: { color: INK },
        formatter: function (hits) {
          const head = data.words.decile + " " + hits[0].name;
          return [head].concat(hits.map(function (hit) { return hit.seriesName + ": " + hit.value + "%"; })).join("\n");
        },
      },
      xAxis: {
        type: "category", data: data.deciles, name: data.words.decile, nameLocation: "middle", nameGap: 26,
        nameTextStyle: { color: QUIET, fontSize: 12 }, axisTick: { show: false },
        axisLine: { lineStyle: { color: QUIET } }, axisLabel: { color: QUIET, fontSize: 12, interval: 0 },
      },
      yAxis: { type: "value", min: 0, max: 100, interval: 25, axisLabel: percent, splitLine: { lineStyle: { color: LINE } } },
      series: [
        { type: "bar", name: data.words.share, data: data.share, cursor: data.links && data.links.length ? "pointer" : "default", itemStyle: { color: "var(--indigo)" }, barWidth: "62%", emphasis: { disabled: true } },
        { type: "line", name: data.words.cumulative, data: data.cumulative, symbol: "circle", symbolSize: 7,
          itemStyle: { color: "var(--ink)" }, lineStyle: { color: "var(--ink)", width: 2 }, emphasis: { disabled: true } },
      ],
    };
  }

  function draw(element) {
    const chart = echarts.init(element, null, { renderer: "svg" });
    const data = JSON.parse(element.dataset.chart);
    chart.setOption(decileCurve(data));
    if (data.links && data.links.length) {
      chart.on("click", function (hit) { window.location.assign(data.links[hit.dataIndex]); });
    }
    new ResizeObserver(function () { chart.resize(); }).observe(element);
    window.addEventListener("beforeprint", function () { chart.resize({ width: Math.min(element.clientWidth, 620) }); });
    window.addEventListener("afterprint", function () { chart.resize(); });
    element.dataset.drawn = "yes";
  }

  if (window.echarts) {
    document.querySelectorAll("[data-chart]").forEach(draw);
  } else {
    document.querySelectorAll("[data-chart]").forEach(function (element) { element.hidden = true; });
    document.querySelectorAll("details").forEach(function (twin) { twin.open = true; });
  }

  const closed = [];
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll("details:not([open])").forEach(function (twin) { closed.push(twin); twin.open = true; });
  });
  window.addEventListener("afterprint", function () {
    closed.splice(0).forEach(function (twin) { twin.open = false; });
  });
})();
